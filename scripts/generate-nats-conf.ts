import { join } from 'node:path'
import { orderTopology, permissionsOf, type Topology } from '@skald/nats'
import { writeWhole } from '@skald/servers'
import { repository } from './environment/repository.ts'

/** The configuration of NATS in containers, with the least rights of each service as the topology gives them. */
export function natsConf(topology: Topology): string {
  const users = topology.services.map(({ name }) => {
    const { publish, subscribe } = permissionsOf(topology, name)
    return `    {
      user: ${name}
      password: $${passwordVariable(name)}
      permissions: {
        publish: { allow: ${list(publish)} }
        subscribe: { allow: ${list(subscribe)} }
      }
    }`
  })
  return `# Written by scripts/generate-nats-conf.ts from the topology in packages/nats; a test holds it equal to it.
# Passwords come from the environment. They must begin with a letter, or the server takes them for numbers.
server_name: skald
listen: 0.0.0.0:4222
# For the health check; compose does not publish it.
http: 0.0.0.0:8222
max_payload: 1MB

jetstream {
  store_dir: /data
  # What is acknowledged is on the disk. Servers before 2.10 do not know the option and refuse to start.
  sync_interval: always
}

authorization {
  users: [
    # Makes and repairs streams and durables. Its password is the saga coordinator's second one, and nobody else's.
    { user: admin, password: $NATS_ADMIN_PASSWORD }
${users.join('\n')}
  ]
}
`
}

export function passwordVariable(service: string): string {
  return `${service.toUpperCase().replaceAll('-', '_')}_NATS_PASSWORD`
}

function list(subjects: readonly string[]): string {
  return `[\n${subjects.map((subject) => `          ${JSON.stringify(subject)}`).join('\n')}\n        ]`
}

if (import.meta.main) writeWhole(join(repository, 'infra', 'nats', 'nats.conf'), natsConf(orderTopology()))
