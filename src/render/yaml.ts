import { Document, isScalar, Scalar, visit } from 'yaml';
import { escapeJson, isHostile } from './escape.ts';

/** The same document as `-o json`, in YAML 1.2. Strings with hostile characters are double-quoted and \u-escaped. */
export function renderYaml(document: unknown): string {
  const yaml = new Document(document, { aliasDuplicateObjects: false });
  visit(yaml, {
    Scalar(_key, node) {
      if (isScalar(node) && typeof node.value === 'string' && isHostile(node.value)) node.type = Scalar.QUOTE_DOUBLE;
    },
  });
  return escapeJson(yaml.toString({ lineWidth: 0 }));
}
