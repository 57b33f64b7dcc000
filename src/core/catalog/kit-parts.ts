// What moves when an item moves: itself, or the components of a kit, each in its own base unit and exact. Pure; it rounds nothing.
import { type Quantity, quantityText, times, wholeQuantity } from '../vocabulary/quantity.ts';
import type { Directory, KnownItem } from './directory.ts';

export interface Parts {
  readonly parts: readonly { readonly itemId: number; readonly quantity: Quantity }[];
  /** Why it cannot move, a sentence each. */
  readonly problems: readonly string[];
}

/** The parts of so much of an item; `document` is named in the problems. */
export function partsOf(item: KnownItem, quantity: Quantity, document: string, directory: Directory): Parts {
  if (!item.kit) return { parts: [{ itemId: item.id, quantity }], problems: [] };
  if (item.kit.length === 0) return { parts: [], problems: [`${item.sku} is a kit without components`] };
  const problems: string[] = [];
  const parts = item.kit.flatMap((component) => {
    const part = exactly(() => times(quantity, component.quantity));
    const known = directory.item(component.componentId);
    if (part !== undefined && (known === undefined || known.divisible || part % ONE === 0n)) {
      return [{ itemId: component.componentId, quantity: part }];
    }
    problems.push(
      `${document}: ${quantityText(quantity)} of the kit ${item.sku} is no exact quantity of its component ${known?.sku ?? component.componentId}`,
    );
    return [];
  });
  return { parts, problems };
}

const ONE = wholeQuantity(1n);

function exactly(product: () => Quantity): Quantity | undefined {
  try {
    return product();
  } catch {
    return undefined;
  }
}
