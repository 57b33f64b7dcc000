// Mutations that move no stock: webhook subscriptions and bulk reads.
import type { GraphQLSchema } from 'graphql';
import type { SubscriptionInput } from '../webhooks/subscriptions.ts';
import { type Arguments, answer } from './schema.ts';

export function answerOtherMutations(schema: GraphQLSchema): void {
  answer<unknown>(schema, 'Mutation', {
    webhookSubscriptionCreate: (_root, args, { subscriptions }) => {
      const { topic, webhookSubscription } = args as Arguments & {
        topic: string;
        webhookSubscription: SubscriptionInput;
      };
      const { subscription, errors } = subscriptions.create(topic, webhookSubscription);
      return { webhookSubscription: subscription ?? null, userErrors: errors };
    },
    webhookSubscriptionUpdate: (_root, args, { subscriptions }) => {
      const { webhookSubscription } = args as Arguments & { webhookSubscription: SubscriptionInput };
      const { subscription, errors } = subscriptions.update(args.id, webhookSubscription);
      return { webhookSubscription: subscription ?? null, userErrors: errors };
    },
    webhookSubscriptionDelete: (_root, args, { subscriptions }) =>
      subscriptions.remove(args.id)
        ? { deletedWebhookSubscriptionId: args.id, userErrors: [] }
        : {
            deletedWebhookSubscriptionId: null,
            userErrors: [{ field: ['id'], message: 'Webhook subscription does not exist' }],
          },
    bulkOperationRunQuery: (_root, args, { bulk }) => bulk.run(args.query ?? ''),
  });
}
