import { NotFoundException } from '@nestjs/common';
import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import {
  Field,
  GraphQLModule,
  Mutation,
  ObjectType,
  Parent,
  Query,
  ResolveField,
  Resolver,
} from '@nestjs/graphql';
import { GraphQLError } from 'graphql';
import { defer, type Observable } from 'rxjs';
import { Retryable } from 'nestjs-retryable';
import type { Parts } from './app.js';
import { startHttp, type AdapterName } from './http.js';
import { Adapter, secret, Upstream } from './upstream.js';

const operation = { context: 'operation', platform: 'meta' };

@ObjectType()
export class Campaign {
  @Field()
  id!: string;

  @Field(() => String, { nullable: true })
  spend?: string;

  @Field(() => String, { nullable: true })
  clicks?: string;

  @Field(() => String, { nullable: true })
  budget?: string;
}

@Resolver(() => Campaign)
export class CampaignResolver {
  constructor(
    private readonly upstream: Upstream,
    private readonly adapter: Adapter,
  ) {}

  @Query(() => Campaign)
  campaign(): Campaign {
    return { id: '1' };
  }

  @Query(() => String, { nullable: true })
  @Retryable(operation)
  queryBelow(): Promise<string> {
    return this.upstream.call();
  }

  @Retryable(operation)
  @Query(() => String, { nullable: true })
  queryAbove(): Promise<string> {
    return this.upstream.call();
  }

  @Query(() => String, { nullable: true })
  @Retryable(operation)
  queryObservable(): Observable<string> {
    return defer(() => this.upstream.call());
  }

  @Query(() => String, { nullable: true })
  queryService(): Promise<string> {
    return this.adapter.call();
  }

  @Query(() => String)
  queryNonNull(): Promise<string> {
    return this.adapter.call();
  }

  @Query(() => String, { nullable: true })
  queryBare(): Promise<string> {
    return this.upstream.call();
  }

  @Query(() => String, { nullable: true })
  bug(): never {
    throw new TypeError(secret);
  }

  @Query(() => String, { nullable: true })
  missing(): never {
    throw new NotFoundException('no such campaign');
  }

  @Mutation(() => String, { nullable: true })
  @Retryable({ ...operation, idempotent: true })
  mutationHandler(): Promise<string> {
    return this.upstream.call();
  }

  @Mutation(() => String, { nullable: true })
  mutationService(): Promise<string> {
    return this.adapter.call();
  }

  @ResolveField(() => String, { nullable: true })
  @Retryable(operation)
  spend(@Parent() _campaign: Campaign): Promise<string> {
    return this.upstream.call();
  }

  @ResolveField(() => String, { nullable: true })
  budget(): never {
    throw new GraphQLError('over budget', { extensions: { code: 'OVER_BUDGET' } });
  }

  @ResolveField(() => String, { nullable: true })
  clicks(@Parent() _campaign: Campaign): Promise<string> {
    return this.adapter.call();
  }
}

export interface GraphqlError {
  readonly message: string;
  readonly path?: unknown;
  readonly extensions?: Record<string, unknown>;
}

export interface GraphqlAnswer {
  readonly data?: Record<string, unknown> | null;
  readonly errors?: GraphqlError[];
}

export interface GraphqlParts extends Parts {
  readonly driver?: Partial<ApolloDriverConfig>;
}

/** An application whose resolvers call the upstream, and a way to ask it. */
export async function startGraphql(
  { driver, imports = [], providers = [], ...parts }: GraphqlParts = {},
  adapter?: AdapterName,
) {
  const graphql = GraphQLModule.forRoot<ApolloDriverConfig>({
    driver: ApolloDriver,
    autoSchemaFile: true,
    graphiql: false,
    includeStacktraceInErrorResponses: true, // as it is while people develop
    ...driver,
  });
  const app = await startHttp(
    { ...parts, imports: [...imports, graphql], providers: [CampaignResolver, ...providers] },
    adapter,
  );
  const ask = async (query: string, headers: Record<string, string> = {}) => {
    const reply = await app.get('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query }),
    });
    return { ...reply, ...(reply.json as GraphqlAnswer) };
  };
  return { ...app, ask };
}
