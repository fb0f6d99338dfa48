import { brokerContract } from '@skald/testing'
import { openContractBroker } from './contract-broker.ts'

brokerContract('nats-server', openContractBroker)
