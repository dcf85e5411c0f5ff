import type { Scalar } from '../documents/node.js';
import type { Reserved } from '../resources/names.js';
import { type Axis, type AxisSpec, axes, type Choices } from './axes.js';
import { basesOf, type Installation, type Layer } from './layer.js';
import type { Helper } from './layer-helpers.js';
import type { LayersSource } from './layers-source.js';

/** Versions of the packages and images in templates, read from manifests that a dependency bot updates. */
export interface Versions {
  /** npm package name to exact version. */
  npm: Record<string, string>;
  /** Requirement of a Python package, with its extras, to exact version. */
  pypi: Record<string, string>;
  /** Stage name in versions/Dockerfile to image reference. */
  images: Record<string, string>;
  /** GitHub action to its pinned reference. */
  /** References to actions by name, each with its release in a comment beside it. */
  actions: Record<string, Scalar>;
}

/** Shell commands of a project, by their purpose. */
export type Commands = Record<string, string>;

export interface Value {
  name: string;
  title: string;
  hint: string;
}

/** Answers under a name, for `--preset`. */
export interface Preset {
  name: string;
  hint: string;
  answers: Partial<Choices>;
}

/** All layers, and queries on them. */
export class Catalog {
  /** The names that any layer keeps for itself. */
  readonly reserved: Required<Reserved>;
  private readonly byId: Map<string, Layer>;
  /** The language of each framework. */
  private readonly languages = new Map<string, string>();
  /** The values of each axis, cached: each check of an answer needs them again. */
  private readonly known = new Map<string, Value[]>();

  constructor(
    readonly layers: readonly Layer[],
    readonly versions: Versions,
    readonly presets: readonly Preset[],
    /** The functions that templates and documents call, by name. */
    readonly helpers: Readonly<Record<string, Helper>>,
    /** Where layers from outside of this package come from. */
    readonly sources: readonly LayersSource[] = [],
  ) {
    this.reserved = {
      resources: Object.assign({}, ...layers.map(({ data }) => data.reserved?.resources)),
      firstWords: Object.assign({}, ...layers.map(({ data }) => data.reserved?.firstWords)),
      fields: Object.assign({}, ...layers.map(({ data }) => data.reserved?.fields)),
    };
    this.byId = new Map(layers.map((layer) => [layer.id, layer]));
    for (const { id } of layers) {
      const [, language, framework] = /^languages\/([^/]+)\/frameworks\/([^/]+)$/.exec(id) ?? [];
      if (language && framework && !this.languages.has(framework)) this.languages.set(framework, language);
    }
  }

  /** The language that a framework belongs to, or undefined where there is no such framework. */
  languageOf(framework: string): string | undefined {
    return this.languages.get(framework);
  }

  /**
   * The values of an axis, the default first.
   * @param framework only those supported by this framework; all that exist without it
   */
  values(axis: Axis, framework?: string): readonly Value[] {
    const key = `${axis} ${framework ?? ''}`;
    const values = this.known.get(key) ?? this.findValues(axis, framework);
    this.known.set(key, values);
    return values;
  }

  private findValues(axis: Axis, framework: string | undefined): Value[] {
    const spec: AxisSpec = axes.find(({ name }) => name === axis)!;
    const { folder, cell, inLanguage } = spec;
    const pattern = new RegExp(`^${inLanguage ? `languages/[^/]+/${folder}` : folder}/([^/]+)$`);
    const supported = (name: string) =>
      !framework || !cell || axis === 'framework' || this.cells(`${folder}/${name}`, framework).length > 0;
    const found = new Map<string, Layer>();
    for (const layer of this.layers) {
      const name = pattern.exec(layer.id)?.[1];
      if (name && supported(name) && !found.has(name)) found.set(name, layer);
    }
    return [...found]
      .map(([name, { data }]) => ({ name, data, rank: data.rank ?? 99 }))
      .sort((a, b) => a.rank - b.rank || (a.name < b.name ? -1 : 1))
      .map(({ name, data }) => ({ name, title: data.title ?? name, hint: data.hint ?? '' }));
  }

  /** How a package manager of the framework's language installs a project, and how it runs its commands. */
  packageManager(framework: string, name: string): { installation: Installation; commands: Commands } {
    const id = `languages/${this.languageOf(framework)}/package-managers/${name}`;
    const { installation, contributes } = this.byId.get(id)!.data;
    return { installation: installation!, commands: contributes!.commands as Commands };
  }

  /** The layers of a project in the order in which they are rendered. */
  layersOf(choices: Choices): Layer[] {
    const language = this.languageOf(choices.framework);
    const always = this.layers
      .filter((layer) => !layer.id.includes('/'))
      .sort((a, b) => (a.data.rank ?? 99) - (b.data.rank ?? 99));
    const ofLanguage = [
      this.byId.get(`languages/${language}`),
      this.byId.get(`languages/${language}/package-managers/${choices.packageManager}`),
      this.byId.get(`languages/${language}/frameworks/${choices.framework}`),
      ...always.flatMap(({ id }) => this.cells(id, choices.framework)),
    ];
    const chosen = axes.flatMap(({ name, folder }) =>
      name === 'framework' || name === 'packageManager'
        ? []
        : [
            ...this.extended(`${folder}/${choices[name]}`),
            ...this.cells(`${folder}/${choices[name]}`, choices.framework).flatMap(({ id }) =>
              this.extended(id),
            ),
          ],
    );
    const beside = axes.flatMap(({ name, folder }) =>
      axes.flatMap((other) =>
        this.extended(`${folder}/${choices[name]}/${other.folder}/${choices[other.name]}`),
      ),
    );
    // Values of several axes may extend one layer.
    return [...new Set([...always, ...ofLanguage, ...chosen, ...beside])].filter(
      (layer) => layer !== undefined,
    );
  }

  /**
   * The values of other axes that a value requires, with the reason.
   * @param framework includes the requirements of its cells; without it, only those that hold with every framework
   */
  requirements(
    axis: Axis,
    value: string,
    framework?: string,
  ): { requires: Record<string, string[]>; because: string }[] {
    const { folder } = axes.find(({ name }) => name === axis)!;
    const neutral = this.byId.get(
      axis === 'framework' ? `languages/${this.languageOf(value)}/frameworks/${value}` : `${folder}/${value}`,
    );
    const cells = framework === undefined ? [] : this.cells(`${folder}/${value}`, framework);
    return [neutral, ...cells].flatMap((layer) =>
      layer?.data.requires ? [{ requires: layer.data.requires, because: layer.data.because ?? '' }] : [],
    );
  }

  private extended(id: string): (Layer | undefined)[] {
    const layer = this.byId.get(id);
    return [...basesOf(layer?.data).flatMap((base) => this.extended(base)), layer];
  }

  /** What a layer has for the language of a framework, and for the framework. */
  private cells(id: string, framework: string): Layer[] {
    const language = this.languageOf(framework);
    return [`languages/${language}/${id}`, `languages/${language}/frameworks/${framework}/${id}`].flatMap(
      (id) => this.byId.get(id) ?? [],
    );
  }
}
