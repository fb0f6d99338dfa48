/** CloudEvents source of what this service says. */
export const SOURCE = '/order-service'
