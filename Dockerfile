# One image for every role: `start --roles …`, `migrate`, and every other command. It brings no PostgreSQL of its own:
# DATABASE_URL names one. Node 24 runs the TypeScript as it is, so there is nothing to build.
FROM node:24-slim

ENV NODE_ENV=production
WORKDIR /app

# Without optional packages there is no embedded PostgreSQL in the image.
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --omit=optional --no-audit --no-fund && npm cache clean --force

COPY LICENSE ./
COPY src ./src

USER node
EXPOSE 8080

# Is the process there? /ready says whether it can work. A process without the api role listens nowhere: switch this off.
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 8080}/health`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]

ENTRYPOINT ["node", "src/cli.ts"]
CMD ["start"]
