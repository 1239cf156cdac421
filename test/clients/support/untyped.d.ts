/** What the specs use of the clients that come without types. */

declare module 'facebook-nodejs-business-sdk' {
  export interface ApiResponse {
    readonly error: Error | null;
  }

  export interface Batch {
    add(
      method: string,
      path: readonly string[],
      params: object,
      files: undefined,
      succeeded: undefined,
      failed: (response: ApiResponse) => void,
    ): void;
    execute(): Promise<unknown>;
  }

  export class FacebookAdsApi {
    static init(accessToken: string, locale: string, reportsCrashes: boolean): FacebookAdsApi;
  }
  export const FacebookAdsApiBatch: new (api: FacebookAdsApi) => Batch;
  export class AdAccount {
    constructor(id: string);
    createCampaign(fields: readonly string[], params: object): Promise<object>;
    getCampaigns(fields: readonly string[], params: object): Promise<object>;
  }
}

declare module 'tiktok-business-api-sdk-official' {
  type Callback = (error: Error | null, data: unknown, response: unknown) => void;

  export const ApiClient: {
    readonly instance: { basePath: string; timeout: number };
  };
  export class CampaignCreationApi {
    campaignCreate(accessToken: string, options: { body: object }, callback: Callback): void;
  }
}

declare module 'google-ads-node' {
  interface ClientOptions {
    readonly apiEndpoint: string;
    readonly port: number;
    readonly sslCreds: unknown;
    readonly universeDomain: string;
  }

  export class GoogleAdsServiceClient {
    constructor(options: ClientOptions);
    mutate(request: object, options?: object): Promise<unknown>;
    close(): Promise<void>;
  }
}
