import { styleText } from 'node:util';
import type { Outcome } from './result.js';

export type Style = 'bold' | 'dim' | 'red' | 'green';
/** Puts a text into a style, or leaves it as it is. */
export type Paint = (style: Style, text: string) => string;

/** The styles of each outcome; its mark says the same without colour. */
export const styles: Record<Outcome, Style> = {
  passed: 'green',
  failed: 'red',
  accepted: 'red',
  'left-to-balancer': 'dim',
  'not-applicable': 'dim',
  skipped: 'dim',
};

/** @param colour whether the reader can see colours, see `wantsColour` */
export function paint(colour: boolean): Paint {
  return colour ? (style, text) => styleText(style, text, { validateStream: false }) : (_, text) => text;
}

/** Whether texts for that stream are coloured: NO_COLOR (no-color.org), TERM=dumb, CI and ACCESSIBLE are obeyed. */
export function wantsColour(stream: { isTTY?: boolean }, env: NodeJS.ProcessEnv): boolean {
  return moves(stream, env) && !env.NO_COLOR;
}

/** Whether the stream is a terminal whose cursor may be moved. */
export function moves(stream: { isTTY?: boolean }, env: NodeJS.ProcessEnv): boolean {
  return stream.isTTY === true && env.TERM !== 'dumb' && !env.CI && !env.ACCESSIBLE;
}
