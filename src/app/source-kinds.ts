import { makeTestCard } from "../images/test-card.ts";
import { toJpeg } from "../images/to-jpeg.ts";
import type { SourceAddress } from "../sources/address.ts";
import { openFile } from "../sources/ffmpeg/file-source.ts";
import { isPlaylist, openNetwork } from "../sources/ffmpeg/network-source.ts";
import { openFolder } from "../sources/folder-source.ts";
import { openHttp } from "../sources/http/http-source.ts";
import { openExec } from "../sources/pipe/exec-source.ts";
import { openPi } from "../sources/pipe/pi-source.ts";
import { openStdin } from "../sources/pipe/stdin-source.ts";
import { openPush } from "../sources/push-source.ts";
import { SourceRegistry } from "../sources/registry.ts";
import { openScreen } from "../sources/screen/screen-source.ts";
import { openWindow } from "../sources/screen/window-source.ts";
import type { Source } from "../sources/source.ts";
import { openTest } from "../sources/test-source.ts";
import { openWatch } from "../sources/watch-source.ts";
import { openCamera } from "./cameras.ts";

/** Every kind of source there is. */
export const sourceKinds: SourceRegistry = new SourceRegistry()
  .register("camera", (address) => openCamera(address))
  .register("folder", (address) => openFolder(address, toJpeg))
  .register("file", (address) => openFile(address))
  .register("ffmpeg", (address) => openNetwork(address), { style: "url" })
  .register("http", (address) => openWeb(address), { style: "url", isHarmless: true })
  .register("https", (address) => openWeb(address), { style: "url", isHarmless: true })
  .register("pi", (address) => openPi(address))
  .register("exec", (address) => openExec(address), { style: "text" })
  .register("stdin", (address) => openStdin(address), { isPreloaded: true })
  .register("push", (address, name) => openPush(address, name), { isHarmless: true })
  .register("rtmp", (address) => openNetwork(address), { style: "url", isHarmless: true })
  .register("rtmps", (address) => openNetwork(address), { style: "url", isHarmless: true })
  .register("rtp", (address) => openNetwork(address), { style: "url" })
  .register("rtsp", (address) => openNetwork(address), { style: "url", isHarmless: true })
  .register("rtsps", (address) => openNetwork(address), { style: "url", isHarmless: true })
  .register("srt", (address) => openNetwork(address), { style: "url", isHarmless: true })
  .register("tcp", (address) => openNetwork(address), { style: "url", isHarmless: true })
  .register("udp", (address) => openNetwork(address), { style: "url" })
  .register("screen", (address) => openScreen(address))
  .register("window", (address) => openWindow(address))
  .register("watch", (address) => openWatch(address, toJpeg))
  .register("test", (address, name) => openTest(address, makeTestCard, name), { isHarmless: true });

/** Playlists of video are ffmpeg's; everything else of the web is pictures, or a stream of them. */
function openWeb(address: SourceAddress): Source {
  return isPlaylist(address.target) ? openNetwork(address) : openHttp(address);
}
