// The simulated Shopify shop: start one here, or take the levers of one that runs elsewhere.

export type { Control, RemoteControl } from './control.ts';
export { connectShopifySimulator } from './remote.ts';
export { ShopRefusal } from './shop/refusal.ts';
export { type ShopifySimulator, type ShopifySimulatorOptions, startShopifySimulator } from './simulator.ts';
export type { BookRow, OrderSummary } from './summaries.ts';
