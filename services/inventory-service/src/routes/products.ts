import { sku as skuField } from '@skald/contracts'
import type { Ask } from '@skald/host'
import { digestOf } from '@skald/messaging'
import {
  createCursorCodec,
  type Http,
  idempotencyHeaders,
  invalidRequest,
  Problem,
  pageFields,
  pageOf,
  problemResponses,
} from '@skald/service'
import { z } from 'zod'
import { type AdjustStockReply, adjustStock } from '../requests/adjust-stock.ts'
import { type PutProductReply, putProduct } from '../requests/put-product.ts'
import { type ProductView, viewOf } from '../stock/product.ts'
import type { StockReading } from '../store/reading.ts'
import { adjustmentBody, productAnswer, productPage, putProductBody, skuParams } from './schemas.ts'

const cursors = createCursorCodec('products', z.strictObject({ after: skuField }))
const query = z.strictObject(pageFields())

export const productRoutes = (http: Http, ask: Ask, reading: StockReading, newKey: () => string): void => {
  const notFound = problemResponses('product-not-found')
  http.get(
    '/products/:sku',
    {
      schema: { summary: 'A product with its stock', params: skuParams, response: { 200: productAnswer, ...notFound } },
    },
    async ({ params: { sku } }) => {
      const product = await reading.product(sku)
      if (!product) throw unknown(sku)
      return viewOf(product, product)
    },
  )

  http.get(
    '/products',
    { schema: { summary: 'Products, by sku', querystring: query, response: { 200: productPage } } },
    async ({ query: { limit, cursor } }) => {
      const after = cursor === undefined ? undefined : cursors.decode(cursor).after
      const rows = await reading.products(after, limit + 1)
      return pageOf(rows, limit, {
        item: (row) => viewOf(row, row),
        cursor: ({ sku }) => cursors.encode({ after: sku }),
      })
    },
  )

  http.put(
    '/products/:sku',
    {
      schema: {
        summary: 'Makes a product, or changes its name and price',
        params: skuParams,
        body: putProductBody,
        response: {
          200: productAnswer,
          201: productAnswer,
          ...problemResponses('invalid-request', 'stock-not-settable'),
        },
      },
    },
    async ({ params: { sku }, body }, reply) => {
      const answer = await ask(putProduct, { sku, ...body }, { subject: sku })
      return reply.code(answer.kind === 'created' ? 201 : 200).send(put(answer))
    },
  )

  http.post(
    '/products/:sku/adjustments',
    {
      schema: {
        summary: 'Adds to the stock or takes from it',
        params: skuParams,
        headers: idempotencyHeaders(),
        body: adjustmentBody,
        response: {
          200: productAnswer,
          ...notFound,
          ...problemResponses('invalid-request', 'stock-reserved', 'idempotency-key-reused'),
        },
      },
    },
    async ({ params: { sku }, body: { quantity, reason }, headers }) => {
      const key = headers['idempotency-key']
      const adjustmentId = key === undefined ? newKey() : `key/${key}`
      const digest = digestOf(JSON.stringify([sku, quantity, reason]))
      const change = { sku, quantity, reason, digest, adjustmentId }
      return adjusted(sku, await ask(adjustStock, change, { subject: sku }))
    },
  )
}

const unknown = (sku: string): Problem => new Problem('product-not-found', { detail: `There is no product ${sku}.` })

const put = (answer: PutProductReply): ProductView => {
  switch (answer.kind) {
    case 'created':
    case 'kept':
      return answer.product
    case 'on-hand-missing':
      throw invalidRequest([{ field: 'onHand', message: 'is needed for a new product' }])
    case 'on-hand-given':
      throw new Problem('stock-not-settable', {
        detail: 'Leave onHand out; POST /products/{sku}/adjustments changes the stock of an existing product.',
      })
  }
}

const adjusted = (sku: string, answer: AdjustStockReply): ProductView => {
  switch (answer.kind) {
    case 'adjusted':
      return answer.product
    case 'unknown':
      throw unknown(sku)
    case 'reserved':
      throw new Problem('stock-reserved', {
        detail: `${answer.onHand} are on hand and ${answer.reserved} of them reserved: take away no more than the rest.`,
      })
    case 'too-many':
      throw invalidRequest([{ field: 'quantity', message: 'would make more on hand than can be counted' }])
    case 'key-reused':
      throw new Problem('idempotency-key-reused', { detail: 'Use a new Idempotency-Key for another adjustment.' })
  }
}
