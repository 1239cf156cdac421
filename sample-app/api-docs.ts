import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';

/** Shows the API at `/api`, with its errors; the document itself is at `/api-json`. */
export function serveApiDocs(app: INestApplication): void {
  const config = new DocumentBuilder()
    .setTitle('Campaign automation')
    .setDescription('The name of an account says how the fake platforms treat it: try `down`.')
    .build();
  // Made when somebody asks for it. The page asks nobody else whether it is valid.
  SwaggerModule.setup('api', app, () => SwaggerModule.createDocument(app, config), {
    swaggerOptions: { validatorUrl: null },
  });
}
