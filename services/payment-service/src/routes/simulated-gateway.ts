import type { Http } from '@skald/service'
import type { LedgerEntry, ReadLedger } from '../payments/simulated/ledger.ts'
import { ledgerAnswer, orderParams } from './schemas.ts'

const shown = ({ kind, key, outcome, amount, at }: LedgerEntry) => ({
  kind,
  key,
  outcome,
  ...(amount === null ? {} : { amount }),
  at: at.toISOString(),
})

/** An order the gateway never heard of has no entries: that is an answer, not an error. */
export const simulatedGatewayRoutes = (http: Http, readLedger: ReadLedger): void => {
  http.get(
    '/simulated-gateway/:orderId',
    {
      schema: {
        summary: "The simulated gateway's own ledger for an order",
        params: orderParams,
        response: { 200: ledgerAnswer },
      },
    },
    async ({ params: { orderId } }) => ({ entries: (await readLedger(orderId)).map(shown) }),
  )
}
