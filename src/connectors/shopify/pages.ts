// Walks Shopify's pages to their end. A cursor that comes back means that the walk would never end: it stops there.
import { StockbridgeError } from '../../core/errors.ts';
import type { Page } from './order-document.ts';

/** Every row from the first page on; a list is never cut off silently. */
export async function restOf<T>(first: Page<T>, next: (after: string) => Promise<Page<T>>): Promise<T[]> {
  const rows = [...first.nodes];
  const seen = new Set<string>();
  let { pageInfo } = first;
  while (pageInfo.hasNextPage) {
    const after = cursorOf(pageInfo, seen);
    const page = await next(after);
    rows.push(...page.nodes);
    pageInfo = page.pageInfo;
  }
  return rows;
}

/** The pages of one query, one at a time. */
export async function* pagesOf<P extends { page: Page<unknown> }>(
  read: (after: string | null) => Promise<P>,
): AsyncGenerator<P> {
  const seen = new Set<string>();
  let after: string | null = null;
  for (;;) {
    const answer: P = await read(after);
    yield answer;
    if (!answer.page.pageInfo.hasNextPage) return;
    after = cursorOf(answer.page.pageInfo, seen);
  }
}

function cursorOf({ endCursor }: Page<unknown>['pageInfo'], seen: Set<string>): string {
  if (endCursor === null || seen.has(endCursor)) {
    throw new StockbridgeError(
      'vendor_unavailable',
      'Shopify’s pages do not end: a cursor came back. A missing access scope is known to cause this.',
    );
  }
  seen.add(endCursor);
  return endCursor;
}
