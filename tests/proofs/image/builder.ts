import path from 'node:path';
import { execa } from 'execa';
import fs from 'fs-extra';
import { debian, type Requirement, root } from '../../requirements.js';

export type Language = 'node' | 'python';

const baseImage = path.join(import.meta.dirname, 'base-image.sh');
const images = fs.readFileSync(
  path.resolve(import.meta.dirname, '../../../templates/versions/Dockerfile'),
  'utf8',
);

/** What it takes to build images. */
export const builderPrograms: Requirement[] = [root, debian('buildah', 'python3-pip', 'python3-venv')];

/** Builds images on a machine that reaches no container registry. */
export class ImageBuilder {
  readonly #storage: string[];

  private constructor(
    private readonly folder: string,
    readonly driver: string,
  ) {
    this.#storage = storage(folder, driver);
  }

  /** @param folder an existing one, for images and containers */
  static async create(folder: string): Promise<ImageBuilder> {
    // Many times faster, where the file system below allows it.
    const { exitCode } = await execa('buildah', [...storage(folder, 'overlay'), 'info'], { reject: false });
    return new ImageBuilder(folder, exitCode === 0 ? 'overlay' : 'vfs');
  }

  /** Makes a stand-in for the base image of a language, in the version that projects use, of programs of this machine. */
  async makeBase(language: Language): Promise<void> {
    const scratch = path.join(this.folder, `base-${language}`);
    fs.ensureDirSync(scratch);
    const program = language === 'node' ? [await installNode(scratch)] : [];
    await execa('bash', [baseImage, scratch, language, ...program]);
    const container = await this.#buildah('from', 'scratch');
    await this.#buildah('add', '-q', container, path.join(scratch, 'base.tar'), '/');
    const certificates = '/etc/ssl/certs/ca-certificates.crt';
    const env = [
      'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      `NODE_EXTRA_CA_CERTS=${certificates}`,
      `SSL_CERT_FILE=${certificates}`,
    ];
    await this.#buildah('config', ...env.flatMap((variable) => ['--env', variable]), container);
    await this.#buildah('commit', '-q', '--rm', container, `docker.io/library/${this.imageOf(language)}`);
    fs.removeSync(scratch);
  }

  /** The name of the base image of a language in projects. */
  imageOf(language: Language): string {
    return new RegExp(`^FROM (${language}:\\S*) `, 'm').exec(images)![1]!;
  }

  /** Builds the image of a project. @throws Error with what was printed */
  async build(name: string, project: string): Promise<void> {
    const options = ['--layers', '--isolation', 'chroot', '--pull-never', '--format', 'docker'];
    await this.#buildah('bud', ...options, '-t', name, project);
  }

  /** The size of an image, as it is told to people. */
  size(name: string): Promise<string> {
    return this.#buildah('images', '--filter', `reference=localhost/${name}`, '--format', '{{.Size}}');
  }

  /** Writes an image as an archive that Docker loads. */
  async archive(name: string, file: string): Promise<void> {
    await this.#buildah('push', '-q', `localhost/${name}`, `docker-archive:${file}:${name}`);
  }

  async #buildah(...args: string[]): Promise<string> {
    return (await execa('buildah', [...this.#storage, ...args], { all: true })).stdout;
  }
}

/** Options of buildah and podman: where images are. */
export function storage(folder: string, driver: string): string[] {
  const [store, run] = ['store', 'run'].map((name) => path.join(folder, name));
  return ['--root', store!, '--runroot', run!, '--storage-driver', driver];
}

/** @returns the program of Node.js 24 */
async function installNode(folder: string): Promise<string> {
  fs.writeJsonSync(path.join(folder, 'package.json'), { private: true, allowScripts: { node: true } });
  await execa('npm', ['install', '--silent', '--no-audit', 'node@24'], { cwd: folder });
  const find = ['node_modules', '-path', '*bin/node', '-type', 'f', '-size', '+1M'];
  const { stdout } = await execa('find', find, { cwd: folder });
  return path.join(folder, stdout.split('\n')[0]!);
}
