import { GoogleAdsServiceClient } from 'google-ads-node';
import { grpc } from 'google-gax';

/** A mutate by the client below google-ads-api, which keeps the error of gRPC and repeats only where told to. */
export async function mutate(port: number, options: object = { retry: null }): Promise<unknown> {
  const client = new GoogleAdsServiceClient({
    apiEndpoint: '127.0.0.1',
    port,
    sslCreds: grpc.credentials.createInsecure(),
    universeDomain: 'googleapis.com',
  });
  try {
    return await client.mutate({ customer_id: '1' }, options);
  } finally {
    await client.close();
  }
}
