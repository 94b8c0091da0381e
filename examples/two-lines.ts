// The best source there is (the first camera, else the desktop, else a test card), live at http://127.0.0.1:8080/
import { ImageServer } from "kinora";

const server = new ImageServer();
await server.start(8080);
