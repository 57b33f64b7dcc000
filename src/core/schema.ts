// The tables as Kysely sees them; only what typed queries read or write. The migrations are the truth.
import type { ColumnType, Generated } from 'kysely';
import type {
  EventSource,
  InboxStatus,
  ItemKind,
  LocationKind,
  MovementType,
  StockState,
} from './vocabulary/words.ts';

type Time = ColumnType<Date, Date | string, Date | string>;
/** `numeric` and `bigint` arrive as text, so that nothing is rounded. */
type Exact = ColumnType<string, string | number | bigint, string | number | bigint>;

export interface Schema {
  connection: {
    id: Generated<number>;
    name: string;
    connector: string;
    cutover_at: Time | null;
    parked_at: Time | null;
    parked_code: string | null;
    parked_reason: string | null;
    created_at: Generated<Time>;
  };
  connection_state: { connection_id: number; key: string; value: unknown; updated_at: Generated<Time> };
  item: {
    id: Generated<number>;
    sku: string;
    name: Generated<string>;
    kind: Generated<ItemKind>;
    base_unit: Generated<string>;
    is_divisible: Generated<boolean>;
    is_kit: Generated<boolean>;
    created_at: Generated<Time>;
  };
  location: {
    id: Generated<number>;
    code: string;
    name: Generated<string>;
    kind: LocationKind;
    allows_negative: Generated<boolean>;
    authority_id: number | null;
    created_at: Generated<Time>;
  };
  listing: {
    id: Generated<number>;
    connection_id: number;
    external_id: string;
    item_id: number;
    factor: Generated<Exact>;
    pushable: Generated<boolean>;
    reason: string | null;
  };
  location_binding: {
    connection_id: number;
    external_id: string;
    location_id: number;
    name: Generated<string>;
  };
  balance: {
    item_id: number;
    location_id: number;
    state: StockState;
    quantity: Exact;
    overdraft: boolean;
    counted_at: Time | null;
  };
  movement: {
    batch_id: Exact;
    position: number;
    key: string;
    line: number;
    type: MovementType;
    occurred_at: Time;
    recorded_at: Time;
    connection_id: number;
    inbox_event_id: Exact | null;
    document: string;
    reference: string | null;
    item_id: number;
    lot_id: number | null;
    quantity: Exact;
    from_location_id: number;
    from_state: StockState;
    to_location_id: number;
    to_state: StockState;
    unit_cost: Exact | null;
    currency: string | null;
    corrects: string | null;
    fingerprint: Buffer;
  };
  inbox_event: {
    id: Generated<Exact>;
    connection_id: number;
    dedupe_key: string;
    topic: string;
    source: EventSource;
    sha256: Buffer;
    body: Buffer | null;
    headers: unknown;
    occurred_at: Time | null;
    received_at: Generated<Time>;
    status: Generated<InboxStatus>;
    code: string | null;
    reason: string | null;
    conflicts_with: Exact | null;
    generation: Generated<number>;
    begun: Generated<boolean>;
    retry_at: Time | null;
    waits_for: number[] | null;
    settled_at: Time | null;
    erased_at: Time | null;
  };
  inbox_retention: { is_only_row: Generated<boolean>; through: Generated<Exact> };
  inbox_kept_longer: { event_id: Exact };
  intake_count: { connection_id: number; accepted: Exact; duplicates: Exact; refused: Exact };
  sales_order: {
    id: Generated<Exact>;
    connection_id: number;
    document: string;
    version: Exact;
    inbox_event_id: Exact | null;
  };
  reservation: {
    order_id: Exact;
    line: string;
    item_id: number;
    location_id: number;
    quantity: Exact;
    reserved_at: Time;
    rank: Generated<Exact>;
  };
  stock_report: {
    key: string;
    connection_id: number;
    inbox_event_id: Exact | null;
    document: string;
    location_id: number;
    in_transit_id: number | null;
    as_of: Time;
    extent: 'full' | 'partial';
    items: number;
    superseded_by: string | null;
    recorded_at: Time;
    fingerprint: Buffer;
  };
  stock_report_line: {
    report_key: string;
    position: number;
    item_id: number;
    state: StockState;
    lot_id: number | null;
    quantity: Exact | null;
    ledger_quantity: Exact;
    difference: ColumnType<string | null, never, never>;
    cause: string | null;
  };
}
