/** Data as YAML that is safe to display: `plain-text.ts` lists what is not. */
import { Document, isScalar, visit } from "yaml";
import { isPlain, plainYaml } from "./plain-text.ts";

/** Anchors and folded lines are valid YAML, but surprise readers. */
export function yamlText(data: unknown): string {
  const document = new Document(data, { aliasDuplicateObjects: false });
  quoteUnfit(document);
  return plainYaml(document.toString({ lineWidth: 0 }));
}

/** Puts between double quotes, where YAML has escapes, each text and key that is not safe to display. */
export function quoteUnfit(document: Document): void {
  visit(document, {
    Scalar: (_, node) => {
      if (!isScalar(node) || typeof node.value !== "string") return;
      if (!isPlain(node.value.replaceAll("\n", ""))) node.type = "QUOTE_DOUBLE";
    },
  });
}
