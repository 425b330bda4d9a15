import { describe, expect, it } from 'vitest';
import { escapeHtml, fragment, h, Markup } from '../../src/render/html.ts';

describe('markup', () => {
  it('escapes text and attributes', () => {
    const evil = '<img src=x onerror=alert(1)> "&\' \u202e\u0000';
    const element = h('p', { title: evil }, evil, 5, null, ['a', h('b', {}, 'c')]);
    expect(element.text).toBe(
      '<p title="&lt;img src=x onerror=alert(1)&gt; &quot;&amp;&#39; \\u202e\\x00">&lt;img src=x onerror=alert(1)&gt; &quot;&amp;&#39; \\u202e\\x005a<b>c</b></p>',
    );
  });

  it('leaves out attributes that are null or false', () => {
    expect(h('td', { class: null, hidden: false, open: true, width: 0 }).text).toBe('<td open width="0"></td>');
    expect(fragment(h('br', {}), '<').text).toBe('<br>&lt;');
  });

  it('has no place for code', () => {
    expect(() => h('p', { onclick: 'x' })).toThrow('onclick');
    expect(() => h('p><script', {})).toThrow('not the name of an element');
    expect(() => h('p', { 'a b': 1 })).toThrow('not the name of an attribute');
  });

  it('takes only markup as markup', () => {
    expect(h('p', {}, new Markup('<i>x</i>')).text).toBe('<p><i>x</i></p>');
    expect(escapeHtml('<i>')).toBe('&lt;i&gt;');
  });
});
