type Attributes = Readonly<Record<string, string | number | undefined>>

// What XML 1.0 cannot hold in any form: most control characters, halves of surrogate pairs, two non-characters.
const UNSPEAKABLE = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu

export const escapeXml = (text: string): string =>
  text
    .replace(UNSPEAKABLE, '\uFFFD')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')

const written = (value: string | number): string =>
  typeof value === 'number' ? String(Math.round(value * 10) / 10) : escapeXml(value)

/** An element; `inner` is markup already. */
export const el = (tag: string, attributes: Attributes, inner: string | readonly string[] = ''): string => {
  const attributeText = Object.entries(attributes)
    .flatMap(([name, value]) => (value === undefined ? [] : ` ${name}="${written(value)}"`))
    .join('')
  const content = typeof inner === 'string' ? inner : inner.join('')
  return content === '' ? `<${tag}${attributeText}/>` : `<${tag}${attributeText}>${content}</${tag}>`
}

/** A line of text; the colour and font are those of its class. */
export const textAt = (x: number, y: number, text: string, className: string): string =>
  el('text', { x, y, class: className }, escapeXml(text))

/** Class names that hold, joined. */
export const classes = (names: Readonly<Record<string, boolean>>): string =>
  Object.entries(names)
    .filter(([, holds]) => holds)
    .map(([name]) => name)
    .join(' ')
