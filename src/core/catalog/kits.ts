// Kits: the lines of one kit are its whole content, so a kit is taken as a whole or not at all; half a kit would be
// offered more often than it can be made. Kits hold no kits, which also rules out circles.
import type pg from 'pg';
import type { RowOf } from './columns.ts';
import { keepKits } from './keep-earlier.ts';
import { columnOf, type Kind } from './kind.ts';
import { type ItemReference, itemsBySku } from './references.ts';
import type { Findings, Line } from './report.ts';

type Row = RowOf<'kits'>;

interface Ready {
  readonly kitId: number;
  readonly componentId: number;
  readonly quantity: string;
}

export const kits: Kind<Row, Ready> = {
  key: ({ kit, component }) => JSON.stringify([kit, component]),

  async check(session, lines, findings) {
    const skus = lines.flatMap(({ row }) => [row.kit, row.component]);
    const known = await itemsBySku(session, skus);
    const kitsHere = new Set(lines.map(({ row }) => row.kit));
    const hindrances = await hindrancesOf(session, [...kitsHere]);
    const ready = lines.flatMap((line) => {
      const kit = known.require(line, 'kit', line.row.kit, findings);
      const component = known.require(line, 'component', line.row.component, findings);
      if (!kit || !component) return [];
      rejectNesting(line, component, kitsHere, findings);
      const hindrance = hindrances.get(kit.sku);
      if (hindrance) findings.reject(line, 'kit', hindrance.problem, hindrance.help);
      return [{ line, ready: { kitId: kit.id, componentId: component.id, quantity: line.row.quantity } }];
    });
    rejectHalfKits(lines, findings);
    const whole = ready.filter(({ line }) => !findings.isRejected(line));
    await noticeRemovals(session, whole, findings);
    return whole.map((each) => each.ready);
  },

  /** Replaces the content of every kit named: one statement, so that no reader sees a kit in between. */
  async write(session, rows) {
    const { rows: before } = await session.query<{ kitId: number; itemId: number }>(
      `select kit_id as "kitId", component_id as "itemId" from kit_component where kit_id = any($1::int[])`,
      [columnOf(rows, 'kitId')],
    );
    await keepKits(session, rows);
    const { rows: results } = await session.query<{ kitId: number; removed: boolean }>(
      `with given (kit_id, component_id, quantity) as (select * from unnest($1::int[], $2::int[], $3::numeric[])),
       marked as (update item set is_kit = true where id in (select kit_id from given) and not is_kit returning id),
       removed as (
         delete from kit_component old
         where kit_id in (select kit_id from given)
           and not exists (select from given g where g.kit_id = old.kit_id and g.component_id = old.component_id)
         returning kit_id),
       changed as (
         insert into kit_component (kit_id, component_id, quantity) select * from given order by 1, 2
         on conflict (kit_id, component_id) do update set quantity = excluded.quantity
         where kit_component.quantity <> excluded.quantity
         returning kit_id)
       select kit_id as "kitId", true as removed from removed union all select kit_id, false from changed`,
      [columnOf(rows, 'kitId'), columnOf(rows, 'componentId'), columnOf(rows, 'quantity')],
    );
    const removed = results.filter((result) => result.removed).length;
    const changed = new Set(results.map(({ kitId }) => kitId));
    return {
      changed: results.length - removed,
      removed,
      items: [...changed],
      // A kit is reserved by its components, those that it had.
      affected: before.flatMap(({ kitId, itemId }) => (changed.has(kitId) ? [{ itemId }] : [])),
    };
  },
};

function rejectNesting(
  line: Line<Row>,
  component: ItemReference,
  kitsHere: ReadonlySet<string>,
  findings: Findings,
): void {
  if (line.row.kit === component.sku) {
    findings.reject(line, 'component', 'is the kit itself', 'Name the items that are in the kit.');
  } else if (component.isKit || kitsHere.has(component.sku)) {
    findings.reject(
      line,
      'component',
      'is itself a kit',
      'Name the components of that kit instead; kits hold no kits.',
    );
  }
}

/** Why an item cannot be a kit: another kit holds it, or it has stock or reservations of its own. */
async function hindrancesOf(session: pg.ClientBase, kitSkus: readonly string[]) {
  const { rows } = await session.query<{
    sku: string;
    holder: string | null;
    stocked: boolean;
    reserved: boolean;
  }>(
    `select item.sku,
            (select min(holder.sku) from kit_component join item holder on holder.id = kit_id
             where component_id = item.id and holder.sku <> all($1)) as holder,
            exists (select from balance join location on location.id = location_id
                    where item_id = item.id and quantity <> 0
                      and location.kind not in ('supplier', 'customer', 'production', 'adjustment')) as stocked,
            exists (select from reservation where item_id = item.id) as reserved
     from item where sku = any($1)`,
    [kitSkus],
  );
  const hindrances = new Map<string, { readonly problem: string; readonly help: string }>();
  for (const { sku, holder, stocked, reserved } of rows) {
    if (holder !== null) {
      hindrances.set(sku, {
        problem: `is a component of kit “${holder}”`,
        help: 'Kits hold no kits; change that kit first.',
      });
    } else if (stocked) {
      hindrances.set(sku, {
        problem: 'has stock of its own',
        help: 'A kit has none: count it to zero first, and count its components.',
      });
    } else if (reserved) {
      hindrances.set(sku, {
        problem: 'is reserved itself',
        help: 'A kit is reserved by its components: let these orders ship first.',
      });
    }
  }
  return hindrances;
}

function rejectHalfKits(lines: readonly Line<Row>[], findings: Findings): void {
  const named = new Set(findings.rejectedCells.map((cells) => cells.kit ?? ''));
  for (const line of lines) {
    if (findings.isRejected(line)) named.add(line.row.kit);
  }
  const help = 'A kit is taken as a whole, or not at all.';
  for (const line of lines) {
    if (findings.isRejected(line)) continue;
    if (named.has(line.row.kit)) findings.reject(line, 'kit', 'another line of this kit is wrong', help);
    else if (named.has('')) findings.reject(line, 'kit', 'a line of this file does not say its kit', help);
  }
}

async function noticeRemovals(
  session: pg.ClientBase,
  whole: readonly { readonly line: Line<Row>; readonly ready: Ready }[],
  findings: Findings,
): Promise<void> {
  const { rows } = await session.query<{ kitId: number; sku: string }>(
    `select old.kit_id as "kitId", item.sku from kit_component old join item on item.id = old.component_id
     where old.kit_id = any($1)
       and not exists (select from unnest($1::int[], $2::int[]) given (kit_id, component_id)
                       where given.kit_id = old.kit_id and given.component_id = old.component_id)
     order by 1, 2`,
    [whole.map(({ ready }) => ready.kitId), whole.map(({ ready }) => ready.componentId)],
  );
  for (const { kitId, sku } of rows) {
    const line = whole.find(({ ready }) => ready.kitId === kitId)?.line;
    if (line) findings.notice(line, 'kit', `no longer contains “${sku}”, which this file does not name`);
  }
}
