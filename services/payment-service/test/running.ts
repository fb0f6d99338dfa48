import { paymentCharge, paymentRefund } from '@skald/contracts'
import { type Heard, type RunningService, startRunning as startService } from '@skald/testing'
import { paymentService } from '../src/service.ts'

export const AMOUNT = { amount: 3_300, currency: 'EUR' }

export interface Running extends RunningService {
  /** Gives the id of the command. */
  charge(orderId: string, paymentMethod?: string): Promise<string>
  refund(orderId: string): Promise<string>
  /** What was answered to a command so far. */
  answersTo(commandId: string): readonly Heard[]
}

/** payment-service with a coordinator's ears and mouth. */
export const startRunning = async (env: Readonly<Record<string, string>>): Promise<Running> => {
  const durables = ['saga-coordinator-payment']
  const running = await startService(paymentService, { database: 'payment', port: 'PAYMENT_PORT', durables, env })
  const { wire } = running
  return {
    ...running,
    charge: (orderId, paymentMethod) =>
      wire.send(paymentCharge({ orderId, amount: AMOUNT, ...(paymentMethod !== undefined && { paymentMethod }) })),
    refund: (orderId) => wire.send(paymentRefund({ orderId, amount: AMOUNT })),
    answersTo: (commandId) => wire.heard.filter(({ message }) => message.causationId === commandId),
  }
}
