export { type AlertConfig, alertConfig } from './alert-config.ts'
export {
  type AnyConfigPart,
  ConfigError,
  type ConfigFault,
  type ConfigOf,
  type ConfigPart,
  configWarnings,
  describeConfig,
  type Environment,
  loadConfig,
  type Variable,
} from './config.ts'
export {
  type CommonConfig,
  commonConfig,
  type DatabaseConfig,
  databaseConfig,
  type EmbeddedServersConfig,
  embeddedServersConfig,
  type HttpConfig,
  httpConfig,
} from './config-parts.ts'
export { oneOf, share, trueOrFalse, urlList, urlText, visibleText, waitMs, wholeNumber } from './config-values.ts'
export { type DocumentedVariable, documentedVariables, unknownVariables } from './documented-variables.ts'
export {
  createHealth,
  type Health,
  type HealthAnswer,
  type HealthCheck,
  type HealthCheckOptions,
  type HealthReport,
} from './health.ts'
export { buildHttp, type Http, type HttpLimits, type HttpOptions, listen } from './http.ts'
export { compileValidator, invalidRequest, maxBodyBytes } from './http-input.ts'
export { idempotencyHeaders } from './idempotency-key.ts'
export { createStopSequence, type StopSequence, type StopSequenceOptions, type StopStep } from './lifecycle.ts'
export {
  createLogger,
  type LogFields,
  type Logger,
  type LoggerOptions,
  type LogLevel,
  logLevels,
  silentLogger,
} from './logging.ts'
export { exitCodes, type MainOptions, runMain, type StartContext } from './main-process.ts'
export { createMetrics, type Metrics, type MetricsOptions } from './metrics.ts'
export { type OperatorConfig, operatorConfig } from './operator-config.ts'
export { operatorGuard } from './operator-guard.ts'
export { isOutage } from './outage.ts'
export { type CursorCodec, createCursorCodec, type Page, pageFields, pageOf } from './page.ts'
export { type PaymentConfig, paymentConfig } from './payment-config.ts'
export { type PidFile, writePidFile } from './pid-file.ts'
export {
  type FieldFault,
  Problem,
  type ProblemBody,
  type ProblemOptions,
  problemBody,
  problemMediaType,
  problemResponses,
} from './problem.ts'
export { type ProblemCode, problemCatalogue, problemCodes, problemType } from './problem-catalogue.ts'
export { redactFields, redactText } from './redaction.ts'
export { type SagaConfig, sagaConfig } from './saga-config.ts'
export type { ServiceLevel } from './service-levels.ts'
export {
  exampleNames,
  type ServiceName,
  type ServiceSettings,
  serviceConfig,
  serviceNames,
  serviceSettings,
} from './service-settings.ts'
export { type TopologyConfig, topologyConfig } from './topology-config.ts'
export { postSigned, type Webhook, type WebhookAnswer } from './webhook.ts'
