// What the container files promise: durable storage, one migration before everything, workers that can be multiplied,
// no secret in a file, and nobody running as root. No container engine is needed to see it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { ROLES } from '../../src/config/schema.ts';
import { loadConfig } from '../../src/config.ts';
import { connectors } from '../../src/connectors/index.ts';
import { connectionBudget } from '../../src/hub.ts';

const ROOT = join(import.meta.dirname, '../..');
const textOf = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

const serviceSchema = z.looseObject({
  build: z.string().optional(),
  image: z.string().optional(),
  command: z.array(z.string()).optional(),
  container_name: z.string().optional(),
  ports: z.array(z.string()).default([]),
  restart: z.string().optional(),
  environment: z.record(z.string(), z.string()).default({}),
  volumes: z.array(z.string()).default([]),
  healthcheck: z
    .looseObject({ disable: z.boolean().optional(), test: z.array(z.string()).optional() })
    .optional(),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
  stop_grace_period: z.string().optional(),
});
const composeSchema = z.looseObject({
  services: z.record(z.string(), serviceSchema),
  volumes: z.record(z.string(), z.null()),
});

const composeText = textOf('docker-compose.yml');
const compose = composeSchema.parse(parse(composeText, { merge: true }));
const service = (name: string) => {
  const found = compose.services[name];
  if (!found) throw new Error(`docker-compose.yml has no service ${name}`);
  return found;
};
const rolesOf = (name: string): string[] => {
  const command = service(name).command ?? [];
  return command.slice(command.indexOf('--roles') + 1);
};

describe('docker-compose.yml', () => {
  it('gives every role to exactly one of the two services', () => {
    expect(rolesOf('api')).toEqual(['api', 'relay']);
    expect([...rolesOf('api'), ...rolesOf('worker')].sort()).toEqual([...ROLES].sort());
  });

  it('migrates once, before anything of ours starts', () => {
    expect(service('migrate').command).toEqual(['migrate']);
    expect(service('migrate').restart).toBe('no');
    expect(service('migrate').depends_on).toMatchObject({ postgres: { condition: 'service_healthy' } });
    for (const name of ['api', 'worker']) {
      expect(service(name).depends_on, name).toMatchObject({
        migrate: { condition: 'service_completed_successfully' },
        redis: { condition: 'service_healthy' },
      });
    }
  });

  it('lets workers be multiplied: no name and no port of the machine is theirs', () => {
    expect(service('worker').container_name).toBeUndefined();
    expect(service('worker').ports).toEqual([]);
    expect(service('api').ports).toEqual([expect.stringMatching(/^127\.0\.0\.1:.*:8080$/)]);
    // The image asks /health, which a process without the api role does not answer.
    expect(service('worker').healthcheck?.disable).toBe(true);
    expect(service('api').healthcheck).toBeUndefined();
  });

  it('keeps PostgreSQL durable, and says so in writing', () => {
    const { command, volumes, healthcheck, image } = service('postgres');
    expect(image).toBe('postgres:18');
    for (const setting of ['fsync', 'synchronous_commit', 'full_page_writes']) {
      expect(command).toContain(`-c${setting}=on`);
    }
    // From 18 on the image keeps its data in a folder per version below this one.
    expect(volumes).toEqual(['postgres:/var/lib/postgresql']);
    expect(healthcheck?.test?.join(' ')).toContain('pg_isready');
  });

  it('keeps Redis from forgetting and from dropping jobs', () => {
    const { command, volumes } = service('redis');
    expect(command?.join(' ')).toContain('--appendonly yes');
    expect(command?.join(' ')).toContain('--maxmemory-policy noeviction');
    expect(volumes).toEqual(['redis:/data']);
  });

  it('keeps data in named volumes, and mounts the configuration read-only', () => {
    expect(Object.keys(compose.volumes).sort()).toEqual(['postgres', 'redis']);
    for (const name of ['api', 'worker', 'migrate']) {
      expect(service(name).volumes, name).toEqual(['./config:/app/config:ro']);
    }
  });

  it('takes every secret from the environment, and does not start without', () => {
    expect(service('postgres').environment.POSTGRES_PASSWORD).toMatch(/^\$\{POSTGRES_PASSWORD:\?/);
    for (const name of ['api', 'worker', 'migrate']) {
      expect(service(name).environment.DATABASE_URL, name).toMatch(
        /:\$\{POSTGRES_PASSWORD:\?[^}]*\}@postgres:5432\//,
      );
    }
  });

  it('gives a stopping process longer than the hub takes by default', () => {
    for (const name of ['api', 'worker']) {
      expect(Number.parseInt(service(name).stop_grace_period ?? '', 10)).toBeGreaterThan(25);
    }
  });
});

describe('the page about containers', () => {
  const page = textOf('docs/operations.md');

  it('names no more workers than PostgreSQL has connections for', () => {
    const budget = connectionBudget(loadConfig({ env: {}, cwd: join(ROOT, 'docs'), connectors }));
    const [, each, workers] =
      /each process may take (\d+) of them.*?\n?.*?`--scale worker=(\d+)` at most/.exec(page) ?? [];
    expect(Number(each)).toBe(budget);
    const allowed = Number(/max_connections=(\d+)/.exec(textOf('docker-compose.yml'))?.[1]);
    // three are kept for superusers
    expect(Number(workers)).toBe(Math.floor((allowed - 3) / budget) - 1);
  });
});

describe('Dockerfile', () => {
  const lines = textOf('Dockerfile').split('\n');
  const indexOf = (start: string): number => lines.findIndex((line) => line.startsWith(start));

  it('runs on the Node that the project pins', () => {
    const { devDependencies } = JSON.parse(textOf('package.json')) as {
      devDependencies: Record<string, string>;
    };
    expect(lines[indexOf('FROM')]).toBe(`FROM node:${devDependencies.node?.split('.')[0]}-slim`);
  });

  it('leaves root before anything runs, and installs what the lock file says', () => {
    expect(indexOf('USER node')).toBeGreaterThan(indexOf('RUN npm ci'));
    expect(indexOf('ENTRYPOINT')).toBeGreaterThan(indexOf('USER node'));
    expect(lines[indexOf('RUN npm ci')]).toContain('--omit=dev');
    expect(lines[indexOf('COPY package')]).toContain('package-lock.json');
  });

  it('asks /health', () => {
    expect(lines[indexOf('HEALTHCHECK') + 1]).toContain('/health');
  });

  it('copies only what .dockerignore lets in', () => {
    const allowed = textOf('.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'));
    expect(allowed).not.toContain('!.env');
    expect(textOf('.dockerignore')).toContain('\n*\n');
    const copied = lines
      .filter((line) => line.startsWith('COPY'))
      .flatMap((line) => line.split(' ').slice(1, -1));
    expect(copied.map((path) => `!${path}`).sort()).toEqual([...allowed].sort());
  });
});
