/** Dead letters live with the service that met them; it reports each, so that one place can list them all. */
import { z } from 'zod'
import { event } from './contract.ts'
import { name, reason, reference, subjectText } from './pieces.ts'

/** A report must fit into a message itself: what is longer is cut, and whole where the dead letter lives. */
export const REPORTED_PAYLOAD_MAX_CHARS = 160_000

const base64 = z
  .string()
  .max(REPORTED_PAYLOAD_MAX_CHARS)
  .regex(/^[A-Za-z0-9+/]*={0,2}$/)

export const deadLetterReported = event(
  'dead-letter.reported.v1',
  z.strictObject({
    id: z.uuid(),
    service: name.describe('The service where it lives.'),
    subject: subjectText.describe('The subject on which it came.'),
    messageId: reference.optional(),
    type: reference.optional(),
    reason: name.describe('Why it can never be handled: a fixed word.'),
    detail: reason.describe('The same for a person.'),
    payload: base64.describe('Base64 of its bytes.'),
    truncated: z.boolean().describe('Whether the payload is longer than a report can carry.'),
    receivedAt: z.iso.datetime(),
    redrives: z.array(z.uuid()).max(20).optional().describe('Redrives after which it was refused once more.'),
  }),
  { subject: ({ id }) => id, from: 'every service', about: 'A message could not be handled and never will be.' },
)
