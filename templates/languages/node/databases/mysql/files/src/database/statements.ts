/** Quoted text, comments, the ends of statements, and the words that blocks of routines begin and end with. */
const marks =
  /'(?:[^'\\]|\\.|'')*'|"[^"]*"|`[^`]*`|--\s.*|#.*|\/\*[\s\S]*?\*\/|;|\b(?:begin|case|if|loop|repeat|while|end)\b/gi;
const blank = /^(?:\s|--\s.*|#.*|\/\*[\s\S]*?\*\/)*/;
const routine = /^create\s+(?:definer\s*=\s*\S+\s+)?(?:procedure|function|trigger)\b/i;

/** The statements of a script without the semicolon, each with the line on which it begins; those of a routine belong to it. */
export function statementsOf(script: string): { sql: string; line: number }[] {
  const found: { sql: string; line: number }[] = [];
  let start = 0;
  let depth = 0;
  const add = (end: number) => {
    const text = script.slice(start, end);
    const sql = text.replace(blank, '').trimEnd();
    if (sql === '') return;
    const before = text.length - text.replace(blank, '').length;
    found.push({ sql, line: script.slice(0, start + before).split('\n').length });
  };
  const words = [...script.matchAll(marks)];
  for (const [place, { 0: mark, index }] of words.entries()) {
    const word = mark.toLowerCase();
    const inRoutine = routine.test(script.slice(start, index).replace(blank, ''));
    if (word === ';' && depth === 0) {
      add(index);
      start = index + 1;
    } else if (inRoutine && /^[a-z]+$/.test(word)) {
      const [previous] = words[place - 1] ?? [''];
      // `end if` and the like are one end; `if(` is a function, `if exists` no block.
      const endsBlock =
        previous.toLowerCase() === 'end' && /^\s+$/.test(script.slice(words[place - 1]!.index + 3, index));
      const isBlock =
        !/^\s*(?:\(|(?:not\s+)?exists\b)/i.test(script.slice(index + word.length)) || word !== 'if';
      if (word === 'end') depth -= 1;
      else if (!endsBlock && isBlock) depth += 1;
    }
  }
  add(script.length);
  return found;
}
