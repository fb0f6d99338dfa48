/** What a NATS user may do; subjects may hold wildcards. Allow lists only: what is not named is refused. */
export type NatsPermissions = {
  readonly publish?: readonly string[]
  readonly subscribe?: readonly string[]
  /** Lets the user answer a request on the reply subject it came with. */
  readonly allowResponses?: boolean
}

/** Without permissions a user may do everything. */
export type NatsUser = { readonly user: string; readonly password: string; readonly permissions?: NatsPermissions }

export type NatsConfig = {
  readonly port: number
  readonly storeDir: string
  readonly users: readonly NatsUser[]
  readonly version: NatsVersion
  /** True forces every stored message to disk before it is acknowledged, where the server can. */
  readonly durable: boolean
}

export type NatsVersion = { readonly major: number; readonly minor: number; readonly patch: number }

const MAX_PAYLOAD_BYTES = 1024 * 1024

/** The server's configuration file. Its syntax contains JSON, which leaves nothing to be escaped by hand. */
export function natsConfig({ port, storeDir, users, version, durable }: NatsConfig): string {
  const config = {
    server_name: 'skald',
    listen: `127.0.0.1:${port}`,
    max_payload: MAX_PAYLOAD_BYTES,
    jetstream: {
      store_dir: storeDir,
      // An older server refuses to start on an option that it does not know.
      ...(durable && isAtLeast(version, 2, 10) ? { sync_interval: 'always' } : {}),
    },
    ...(users.length > 0 ? { authorization: { users: users.map(asUser) } } : {}),
  }
  return `${JSON.stringify(config, undefined, 2)}\n`
}

function asUser({ user, password, permissions }: NatsUser) {
  if (permissions === undefined) return { user, password }
  const { publish = [], subscribe = [], allowResponses = false } = permissions
  return {
    user,
    password,
    permissions: {
      publish: { allow: publish },
      subscribe: { allow: subscribe },
      ...(allowResponses ? { allow_responses: true } : {}),
    },
  }
}

/** Reads "nats-server: v2.9.10" and its like. */
export function parseNatsVersion(text: string): NatsVersion {
  const [, major, minor, patch] = /v?(\d+)\.(\d+)\.(\d+)/.exec(text) ?? []
  if (major === undefined) throw new Error(`this is not the version of a nats-server: ${text.slice(0, 100)}`)
  return { major: Number(major), minor: Number(minor), patch: Number(patch) }
}

export function isAtLeast({ major, minor }: NatsVersion, wantedMajor: number, wantedMinor: number): boolean {
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)
}
