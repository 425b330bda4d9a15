import { escapeInline } from './escape.ts';

/**
 * HTML and SVG as values. Text becomes markup in one place only, which escapes it: what a stranger named a group can be
 * read in a page, and can do nothing there.
 */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type Child = Markup | string | number | null | readonly Child[];

/** Attributes; null and false leave one out, true writes its name alone. */
export type Attributes = Readonly<Record<string, string | number | boolean | null>>;

const VOID = new Set(['meta', 'br', 'hr', 'wbr']);
const NAME = /^[a-zA-Z][\w:-]*$/;

/** An element. Strings among the children are text. Names are the program's own, and checked all the same. */
export function h(tag: string, attributes: Attributes, ...children: readonly Child[]): Markup {
  if (!NAME.test(tag)) throw new RangeError(`not the name of an element: ${tag}`);
  const written = Object.entries(attributes).map(([name, value]) => {
    if (!NAME.test(name) || /^on/i.test(name)) throw new RangeError(`not the name of an attribute: ${name}`);
    if (value === null || value === false) return '';
    return value === true ? ` ${name}` : ` ${name}="${escapeHtml(String(value))}"`;
  });
  const open = `<${tag}${written.join('')}>`;
  return new Markup(VOID.has(tag) ? open : `${open}${contentOf(children)}</${tag}>`);
}

/** Several pieces, one after the other. */
export function fragment(...children: readonly Child[]): Markup {
  return new Markup(contentOf(children));
}

function contentOf(children: readonly Child[]): string {
  return children
    .map((child) => {
      if (child === null) return '';
      if (child instanceof Markup) return child.text;
      if (typeof child === 'string' || typeof child === 'number') return escapeHtml(String(child));
      return contentOf(child);
    })
    .join('');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text for HTML, XML and quoted attributes: what hides or reorders is spelled out, what marks up is written as entities. */
export function escapeHtml(text: string): string {
  return escapeInline(text).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
