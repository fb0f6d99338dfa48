import type { ConfigPart } from './config.ts'
import { natsProtocols } from './config-parts.ts'
import { urlList } from './config-values.ts'

export interface TopologyConfig {
  /** Undefined: the service's own connection may make streams, as on a server without users. */
  readonly natsAdminUrl: string | undefined
}

/** For the one process that makes and repairs streams and durables; no other needs the right to do so. */
export const topologyConfig: ConfigPart<TopologyConfig> = {
  variables: {
    natsAdminUrl: {
      name: 'NATS_ADMIN_URL',
      meaning: 'NATS user that may make streams and consumers, read by saga-coordinator only; NATS_URL when absent',
      optional: true,
      schema: urlList(natsProtocols, 'nats://admin:password@127.0.0.1:4222'),
      fix: 'Leave it out when NATS_URL may make streams itself.',
    },
  },
}
