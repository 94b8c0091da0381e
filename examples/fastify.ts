// Kinora's page and streams below a path of a Fastify app.
import fastify, { type FastifyReply, type FastifyRequest } from "fastify";
import { ImageServer } from "kinora";

const cams = new ImageServer({ source: "test:?size=640x360", basePath: "/cams" });

const app = fastify();
app.get("/", (_, reply) => {
  reply.type("text/html").send(`<h1>My page</h1><img src="/cams/streams/main/live.mjpeg" alt="live" />`);
});
await app.register(
  async (below) => {
    // Bodies are Kinora's to read: they are pictures that are published.
    below.removeAllContentTypeParsers();
    below.addContentTypeParser("*", (_request, _body, done) => done(null));
    const answer = (request: FastifyRequest, reply: FastifyReply) => {
      reply.hijack();
      cams.handler(request.raw, reply.raw);
    };
    below.all("/", answer);
    below.all("/*", answer);
  },
  { prefix: "/cams" },
);
await app.listen({ port: 8080 });
console.log("http://127.0.0.1:8080/");
