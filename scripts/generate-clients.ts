import { generateClients } from './environment/generate-clients.ts'

// For a build of its own, as in infra/Dockerfile; dev and test generate by themselves.
await generateClients()
