export { orderSaga } from './sagas/order.saga.ts'
export { sagaCoordinator } from './service.ts'
