import { brokerContract } from '../src/index.ts'
import { openSimBroker } from './sim-broker.ts'

brokerContract('the simulated broker', openSimBroker)
