/** Marks of the preview, which are no text. */
const marks = /\ue000[^\ue001]*\ue001/gu;

/** `{{#contents}}…{{/contents}}`: a list of the chapters of a text in Markdown, and the text. */
export function contents(this: object, options: { fn(context: object): string }): string {
  const text = options.fn(this);
  const plain = text.replaceAll(marks, '').replace(/^```[\s\S]*?^```$/gm, '');
  const chapters = [...plain.matchAll(/^## (.+)$/gm)].map(([, title]) => `- [${title}](#${anchorOf(title!)})`);
  return `${chapters.join('\n')}\n\n${text}`;
}

/** As GitHub and GitLab make it. */
function anchorOf(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}
