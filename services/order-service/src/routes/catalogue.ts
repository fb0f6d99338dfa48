import { type Http, Problem, problemResponses } from '@skald/service'
import type { OrderReading } from '../store/reading.ts'
import { productAnswer, skuParams } from './schemas.ts'

export const catalogueRoutes = (http: Http, reading: OrderReading): void => {
  http.get(
    '/catalogue/:sku',
    {
      schema: {
        summary: "This service's own copy of a product",
        params: skuParams,
        response: { 200: productAnswer, ...problemResponses('product-not-found') },
      },
    },
    async ({ params: { sku } }) => {
      const product = await reading.product(sku)
      if (!product) throw new Problem('product-not-found', { detail: `No product ${sku} has been announced here.` })
      const { name, amount, currency, version } = product
      return { sku, name, price: { amount, currency }, version }
    },
  )
}
