import { alertConfig } from './alert-config.ts'
import { type AnyConfigPart, type Environment, variablesOf } from './config.ts'
import { embeddedServersConfig } from './config-parts.ts'
import { operatorConfig } from './operator-config.ts'
import { paymentConfig } from './payment-config.ts'
import { sagaConfig } from './saga-config.ts'
import { exampleNames, serviceConfig, serviceNames } from './service-settings.ts'
import { topologyConfig } from './topology-config.ts'

export interface DocumentedVariable {
  readonly name: string
  /** As one would write it; undefined when the variable has none. */
  readonly default: string | undefined
  readonly meaning: string
}

/** Every variable that any process of Skald reads, each once. `.env.example` is held equal to it by a test. */
export function documentedVariables(): DocumentedVariable[] {
  const parts: AnyConfigPart[] = [
    // First, because its NATS_URL says more than that of a service.
    embeddedServersConfig,
    ...[...serviceNames, ...exampleNames].flatMap((service) => [...serviceConfig(service)]),
    paymentConfig,
    sagaConfig,
    alertConfig,
    operatorConfig,
    topologyConfig,
  ]
  const byName = new Map<string, DocumentedVariable>()
  for (const [, variable] of variablesOf(parts)) {
    const { name, meaning, default: text } = variable
    if (!byName.has(name)) byName.set(name, { name, meaning, default: text })
  }
  return [...byName.values()]
}

const ownPrefix = /^(SKALD|SAGA|ORDER|PAYMENT|INVENTORY|TRIP|COORDINATOR|GATEWAY|OPERATOR|ALERT|STRIPE|NATS)_/
/** Kubernetes and Docker tell a container about its neighbours in variables of these forms. */
const ofTheContainer = /_SERVICE_(HOST|PORT)|_PORT_[0-9]+_/

/**
 * Variables that look like ours and are not read by any process: most likely slips of the pen. Not a fault, since other
 * programs may have variables with the same prefixes.
 */
export function unknownVariables(env: Environment): string[] {
  const known = new Set(documentedVariables().map(({ name }) => name))
  return Object.keys(env).filter((name) => ownPrefix.test(name) && !ofTheContainer.test(name) && !known.has(name))
}
