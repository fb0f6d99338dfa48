import { describe } from 'vitest'
import { type BrokerUnderTest, Scene } from './broker-under-test.ts'
import { deliveryContract } from './delivery-contract.ts'
import { lossContract } from './loss-contract.ts'
import { publishingContract } from './publishing-contract.ts'
import { sharingContract } from './sharing-contract.ts'

/** What Skald relies on of a broker, bad manners included: held by nats-server, and by the simulated one. */
export const brokerContract = (label: string, open: () => Promise<BrokerUnderTest>): void => {
  describe(`the broker contract, by ${label}`, () => {
    const scene = (): Promise<Scene> => Scene.open(open)
    publishingContract(scene)
    deliveryContract(scene)
    sharingContract(scene)
    lossContract(scene)
  })
}
