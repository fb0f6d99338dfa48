import { generateClients } from './environment/generate-clients.ts'

// For a build of its own, as in infra/Dockerfile, and after an install.
await generateClients()
