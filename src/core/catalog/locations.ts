// Locations of ours, and the bindings of a channel's locations to them. Virtual locations belong to the hub.
import type pg from 'pg';
import { concernedBy } from '../costs/concerned.ts';
import type { Transaction } from '../database.ts';
import { markStale, type Stale } from '../valuation/notice.ts';
import type { RowOf } from './columns.ts';
import { columnOf, type Kind } from './kind.ts';
import type { Affected } from './read-again.ts';
import { connectionsByName, isShelf, locationsByCode } from './references.ts';
import type { Findings, Line } from './report.ts';

type Row = RowOf<'locations'>;

interface ReadyLocation extends Omit<Row, 'authority'> {
  /** Undefined: as it is now. */
  readonly authorityGiven: boolean;
  readonly authorityId: number | undefined;
}

export const locations: Kind<Row, ReadyLocation> = {
  key: ({ code }) => code,

  async check(session, lines, findings) {
    const connections = await connectionsByName(session);
    await rejectOverdrawn(session, lines, findings);
    await noticeAuthorities(session, lines, findings);
    return lines.flatMap((line) => {
      const { authority, ...row } = line.row;
      const isNamed = authority !== undefined && authority !== 'none';
      const connection = isNamed ? connections.require(line, 'authority', authority, findings) : undefined;
      return [{ ...row, authorityGiven: authority !== undefined, authorityId: connection?.id }].filter(
        () => !findings.isRejected(line),
      );
    });
  },

  async write(session, rows) {
    // locked as a writer of new balances locks it, so that none is made with the old rule beside this change
    await session.query('select from location where code = any($1) order by id for update', [
      columnOf(rows, 'code'),
    ]);
    const transferred = await transferredBy(session, rows);
    await keepAuthorities(session, rows);
    const { rows: changed } = await session.query<{ id: number }>(
      `insert into location (code, name, kind, allows_negative, authority_id, ownership)
       select given.code, coalesce(given.name, location.name, ''), coalesce(given.kind, location.kind, 'warehouse'),
              coalesce(given.allows_negative, location.allows_negative, false),
              case when given.authority_given then given.authority_id else location.authority_id end,
              coalesce(given.ownership, location.ownership, 'own')
       from unnest($1::text[], $2::text[], $3::location_kind[], $4::boolean[], $5::boolean[], $6::smallint[],
           $7::ownership[]) as given (code, name, kind, allows_negative, authority_given, authority_id, ownership)
       left join location using (code)
       order by given.code
       on conflict (code) do update set name = excluded.name, kind = excluded.kind,
         allows_negative = excluded.allows_negative, authority_id = excluded.authority_id, ownership = excluded.ownership
       where (location.name, location.kind, location.allows_negative, location.authority_id, location.ownership)
         is distinct from (excluded.name, excluded.kind, excluded.allows_negative, excluded.authority_id, excluded.ownership)
       returning id`,
      [
        columnOf(rows, 'code'),
        columnOf(rows, 'name'),
        columnOf(rows, 'kind'),
        columnOf(rows, 'allows_negative'),
        columnOf(rows, 'authorityGiven'),
        columnOf(rows, 'authorityId'),
        columnOf(rows, 'ownership'),
      ],
    );
    await followOverdraft(
      session,
      changed.map(({ id }) => id),
    );
    await markStale(session, transferred);
    return { changed: changed.length };
  },
};

/**
 * Items that were ever at a location whose stock is somebody else's now, or ours, or in transit now, or no more: they are valued
 * anew from the beginning, and so is what shares a bill or a landed cost with them.
 */
async function transferredBy(
  session: Transaction,
  rows: readonly ReadyLocation[],
): Promise<readonly Stale[]> {
  const { rows: items } = await session.query<Stale>(
    `select b.item_id as "itemId",
            (select to_char(min(m.occurred_at) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
             from movement m where m.item_id = b.item_id) as "fromAt"
     from location l join unnest($1::text[], $2::ownership[], $3::location_kind[]) as given (code, ownership, kind) using (code)
     join balance b on b.location_id = l.id
     where (l.ownership <> given.ownership or (l.kind = 'transit') <> (given.kind = 'transit'))
       and exists (select from movement m where m.item_id = b.item_id)
     group by 1`,
    [columnOf(rows, 'code'), columnOf(rows, 'ownership'), columnOf(rows, 'kind')],
  );
  const { rows: references } = await session.query<{ reference: string }>(
    `select distinct reference from cost_reference where kind = 'received' and item_id = any($1::int[])`,
    [items.map(({ itemId }) => itemId)],
  );
  const sharing = await concernedBy(
    session,
    references.map(({ reference }) => ({ reference, causedAt: null })),
  );
  return [...items, ...sharing];
}

/** A fact from before the change is judged by whose documents moved stock then. */
async function keepAuthorities(session: pg.ClientBase, rows: readonly ReadyLocation[]): Promise<void> {
  await session.query(
    `insert into location_authority (location_id, authority_id, until)
     select l.id, l.authority_id, clock_timestamp()
     from unnest($1::text[], $2::boolean[], $3::smallint[]) as given (code, authority_given, authority_id)
     join location l using (code)
     where given.authority_given and l.authority_id is distinct from given.authority_id`,
    [columnOf(rows, 'code'), columnOf(rows, 'authorityGiven'), columnOf(rows, 'authorityId')],
  );
}

/** Each balance carries its location's rule (I6); both change together. */
async function followOverdraft(session: pg.ClientBase, locationIds: readonly number[]): Promise<void> {
  await session.query(
    `with due as (
       select b.item_id, b.location_id, b.state, l.allows_negative
       from balance b join location l on l.id = b.location_id
       where l.id = any($1) and b.overdraft <> l.allows_negative
       order by 1, 2, 3 for update of b)
     update balance b set overdraft = due.allows_negative from due
     where (b.item_id, b.location_id, b.state) = (due.item_id, due.location_id, due.state)`,
    [locationIds],
  );
}

async function rejectOverdrawn(
  session: pg.ClientBase,
  lines: readonly Line<Row>[],
  findings: Findings,
): Promise<void> {
  const closing = lines.filter(({ row }) => row.allows_negative === false);
  const { rows } = await session.query<{ code: string; sku: string }>(
    `select location.code, min(item.sku) as sku
     from location join balance on location_id = location.id join item on item.id = item_id
     where code = any($1) and quantity < 0 group by 1`,
    [closing.map(({ row }) => row.code)],
  );
  for (const line of closing) {
    const overdrawn = rows.find(({ code }) => code === line.row.code);
    if (!overdrawn) continue;
    const help = `“${overdrawn.sku}” is below zero there; count or receive it first.`;
    findings.reject(line, 'allows_negative', 'cannot be no: stock is below zero', help);
  }
}

/** Whoever moves stock there from now on, what happened until now stays with whoever did then. */
async function noticeAuthorities(
  session: pg.ClientBase,
  lines: readonly Line<Row>[],
  findings: Findings,
): Promise<void> {
  const { rows } = await session.query<{ code: string; name: string | null }>(
    `select l.code, c.name from location l left join connection c on c.id = l.authority_id
     where l.code = any($1) and exists (select from balance where location_id = l.id)`,
    [lines.map(({ row }) => row.code)],
  );
  for (const line of lines) {
    const before = rows.find(({ code }) => code === line.row.code);
    const { authority } = line.row;
    if (!before || authority === undefined || authority === (before.name ?? 'none')) continue;
    const mover =
      before.name === null ? 'every connection’s documents' : `the documents of “${before.name}” alone`;
    findings.notice(
      line,
      'authority',
      `what happened there until now is still told by ${mover}; count the location if that was wrong`,
    );
  }
}

interface ReadyBinding {
  readonly connectionId: number;
  readonly external: string;
  readonly locationId: number;
  readonly name: string | undefined;
}

export const bindings: Kind<RowOf<'bindings'>, ReadyBinding> = {
  key: ({ connection, external_location }) => JSON.stringify([connection, external_location]),

  async check(session, lines, findings) {
    const connections = await connectionsByName(session);
    const places = await locationsByCode(session);
    const before = await session.query<{
      connection: string;
      external: string;
      code: string;
      used: boolean;
      mover: string | null;
    }>(
      `select connection.name as connection, external_id as external, location.code,
              exists (select from balance where location_id = location.id) as used, mover.name as mover
       from location_binding join connection on connection.id = connection_id join location on location.id = location_id
       left join connection mover on mover.id = location.authority_id and mover.id <> connection_id
       where external_id = any($1)`,
      [lines.map(({ row }) => row.external_location)],
    );
    return lines.flatMap((line) => {
      const { row } = line;
      const connection = connections.require(line, 'connection', row.connection, findings);
      const location = places.require(line, 'location', row.location, findings);
      if (!connection || !location || !isShelf(location, line, findings)) return [];
      const old = before.rows.find(
        (each) => each.connection === row.connection && each.external === row.external_location,
      );
      if (old && old.code !== location.code) {
        const stock = old.used ? '; stock booked there stays there, count or transfer it' : '';
        const told =
          old.mover === null ? '' : `; what happened there until now is still told by “${old.mover}” alone`;
        findings.notice(line, 'location', `was bound to “${old.code}”${stock}${told}`);
      }
      return [
        {
          connectionId: connection.id,
          external: row.external_location,
          locationId: location.id,
          name: row.name,
        },
      ];
    });
  },

  async write(session, rows) {
    await keepBindings(session, rows);
    const { rows: affected } = await session.query<Affected>(
      `select old.connection_id as "connectionId", old.location_id as "locationId"
       from unnest($1::smallint[], $2::text[], $3::int[]) as given (connection_id, external_id, location_id)
       join location_binding old using (connection_id, external_id) where old.location_id <> given.location_id`,
      [columnOf(rows, 'connectionId'), columnOf(rows, 'external'), columnOf(rows, 'locationId')],
    );
    const { rows: changed } = await session.query<{ connectionId: number }>(
      `insert into location_binding (connection_id, external_id, location_id, name)
       select given.connection_id, given.external_id, given.location_id, coalesce(given.name, old.name, '')
       from unnest($1::smallint[], $2::text[], $3::int[], $4::text[]) as given (connection_id, external_id, location_id, name)
       left join location_binding old using (connection_id, external_id)
       order by 1, 2
       on conflict (connection_id, external_id) do update set location_id = excluded.location_id, name = excluded.name
       where (location_binding.location_id, location_binding.name) is distinct from (excluded.location_id, excluded.name)
       returning connection_id as "connectionId"`,
      [
        columnOf(rows, 'connectionId'),
        columnOf(rows, 'external'),
        columnOf(rows, 'locationId'),
        columnOf(rows, 'name'),
      ],
    );
    return {
      changed: changed.length,
      connections: [...new Set(changed.map(({ connectionId }) => connectionId))],
      affected,
    };
  },
};

/** A fact from before the change stays with a place whose stock others moved then, and is not booked at the new one besides. */
async function keepBindings(session: pg.ClientBase, rows: readonly ReadyBinding[]): Promise<void> {
  await session.query(
    `insert into earlier_binding (connection_id, external_id, location_id, until)
     select old.connection_id, old.external_id, old.location_id, clock_timestamp()
     from unnest($1::smallint[], $2::text[], $3::int[]) as given (connection_id, external_id, location_id)
     join location_binding old using (connection_id, external_id) where old.location_id <> given.location_id`,
    [columnOf(rows, 'connectionId'), columnOf(rows, 'external'), columnOf(rows, 'locationId')],
  );
}
