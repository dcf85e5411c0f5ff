let begun;

/**
 * The stage of the moment. They follow one another from the first arrival in this thread.
 * @param stages phases of the script, by their number
 */
export function stageOf(stages) {
  begun ??= Date.now();
  let left = Date.now() - begun;
  const phases = Object.values(stages);
  for (const { name, duration } of phases) {
    left -= 1000 * duration;
    if (left < 0) return name;
  }
  return phases.at(-1).name;
}
