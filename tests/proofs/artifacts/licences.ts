import path from 'node:path';
import { execa } from 'execa';
import fs from 'fs-extra';
import { licencesOf } from '../../licences.js';
import { python } from './tools.js';

const versions = path.resolve(import.meta.dirname, '../../../templates/versions');

type Licences = Record<string, string | undefined>;

/** Licences of all packages that projects in Node.js install, with those that they depend on. */
export async function licencesOfNode(folder: string): Promise<Licences> {
  fs.copySync(path.join(versions, 'package.json'), path.join(folder, 'package.json'));
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', '--silent'];
  await execa('npm', ['install', '--package-lock-only', ...options], { cwd: folder });
  return licencesOf(fs.readJsonSync(path.join(folder, 'package-lock.json')));
}

interface Metadata {
  name: string;
  license_expression?: string;
  license?: string;
  classifier?: string[];
}

/** The same of projects in Python: uv finds what they depend on, pip reads the metadata of it. */
export async function licencesOfPython(folder: string): Promise<Licences> {
  const [closure, report] = [path.join(folder, 'closure.txt'), path.join(folder, 'report.json')];
  const made = fs.readFileSync(path.join(versions, 'Dockerfile'), 'utf8');
  const [, version] = /^FROM python:(\d+\.\d+)/m.exec(made)!;
  const options = ['--quiet', '--only-binary=:all:', `--python-version=${version}`];
  const named = path.join(versions, 'requirements.txt');
  await execa('uv', ['pip', 'compile', ...options, `--output-file=${closure}`, named]);
  await execa(`${python}/pip`, [
    ...['install', ...options, '--dry-run', '--ignore-installed', '--no-deps', '--target', folder],
    ...['--report', report, '--requirement', closure],
  ]);
  const { install }: { install: { metadata: Metadata }[] } = fs.readJsonSync(report);
  return Object.fromEntries(install.map(({ metadata }) => [metadata.name, licenceOf(metadata)]));
}

/** What metadata called licences before they had expressions of SPDX. */
const classifiers: Record<string, string> = {
  'Apache Software License': 'Apache-2.0',
  'BSD License': 'BSD-3-Clause',
  'MIT License': 'MIT',
  'Mozilla Public License 2.0 (MPL 2.0)': 'MPL-2.0',
  'Python Software Foundation License': 'PSF-2.0',
};
const texts: Record<string, string> = {
  '3-Clause BSD License': 'BSD-3-Clause',
  'Apache License 2.0': 'Apache-2.0',
};

function licenceOf({ license_expression, license, classifier = [] }: Metadata): string | undefined {
  if (license_expression) return license_expression;
  const named = classifier
    .filter((each) => each.startsWith('License :: '))
    .map((each) => each.replace(/^.* :: /, ''))
    .map((name) => classifiers[name] ?? name);
  return named.length > 0 ? named.join(' AND ') : license && (texts[license] ?? license);
}
