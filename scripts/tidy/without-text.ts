// Comments, string contents and regular expressions are prose or data to the rules about code. A full parser would be
// surer; this knows the few forms that formatted TypeScript has, and keeps every line where it is.
const TOKEN = new RegExp(
  [
    String.raw`\/\*[\s\S]*?\*\/`, // a block comment
    String.raw`\/\/[^\n]*`, // a line comment
    String.raw`'(?:\\.|[^'\\\n])*'`, // a string
    String.raw`"(?:\\.|[^"\\\n])*"`,
    String.raw`(?<=[=(,:[!&|?{}\n]\s*)\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n])*\/`, // a regular expression
  ].join('|'),
  'g',
)

/** The code alone: what is inside comments, quotes and regular expressions becomes blanks. */
export function withoutText(text: string): string {
  return text.replace(TOKEN, (token) => token.replace(/[^\n]/g, ' '))
}
