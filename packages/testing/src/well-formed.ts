const TOKEN = /<(\/?)([A-Za-z][\w-]*)((?:\s+[A-Za-z][\w:-]*="[^"<]*")*)\s*(\/?)>|([^<]+)|(<)/g
const ENTITIES = /&(?!(?:amp|lt|gt|quot);)/

/** What is wrong with a piece of XML that has elements, attributes and text only; nothing when it is well-formed. */
export const xmlFaults = (xml: string): string[] => {
  const open: string[] = []
  const faults: string[] = []
  for (const [token, closes, name = '', attributes = '', empty, text, stray] of xml.matchAll(TOKEN)) {
    if (stray !== undefined || ENTITIES.test(`${attributes}${text ?? ''}`)) faults.push(`not escaped: ${token}`)
    if (text !== undefined || stray !== undefined) continue
    if (closes === '/') {
      const opened = open.pop()
      if (opened !== name) faults.push(`</${name}> closes <${opened}>`)
    } else if (empty !== '/') open.push(name)
  }
  return [...faults, ...open.map((name) => `<${name}> is not closed`)]
}

/** Values of an attribute, in order. */
export const valuesOf = (xml: string, attribute: string): string[] =>
  [...xml.matchAll(new RegExp(`\\s${attribute}="([^"]*)"`, 'g'))].map(([, value = '']) => value)
