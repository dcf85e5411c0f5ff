/** Whether a text is the URL of an API or a document, not a path in the file system. */
export function isUrl(text: string): boolean {
  return /^https?:\/\//.test(text);
}
