// Starts the page: who brings the pictures, who draws them, who plays the alerts.

import { Alerts } from "./alerts.js";
import { Feed } from "./feed.js";
import { speaker } from "./format.js";
import { Position } from "./position.js";
import { Preview } from "./preview.js";
import { Scene } from "./scene.js";
import { readSettings } from "./settings.js";
import { Sight } from "./sight.js";

const CHIME = "/api/qiwi/overlay/chime.wav";

const page = document.documentElement;
const version = document.querySelector("meta[name=version]").content;
const settings = readSettings(location, page.lang);
const speech = speaker(settings.language);

function ringer() {
  if (!settings.sound) return () => {};
  const chime = new Audio(CHIME);
  chime.volume = settings.volume;
  return () => {
    chime.currentTime = 0;
    chime.play().catch(() => {}); // a browser tab stays silent until it is clicked; OBS does not
  };
}

const scene = new Scene(document.querySelector("#overlay"), settings, speech, ringer());
const position = new Position(() => (settings.preview ? null : localStorage));
const feed = settings.preview ? new Preview({ ...settings, position }) : new Feed(settings, position);
const sight = new Sight();
const alerts = new Alerts({ scene, position, sight, seconds: settings.seconds, refresh: () => feed.now() });

/** Load the page anew, once, after the integration was updated: OBS may keep it open for weeks. */
function keepUp(served) {
  if (served === version) return;
  try {
    if (sessionStorage.getItem("qiwi-overlay-version") === served) return;
    sessionStorage.setItem("qiwi-overlay-version", served);
  } catch {
    return; // without a memory it might never end
  }
  location.reload();
}

feed.onPicture = (picture) => {
  scene.show(picture);
  if (settings.show.alerts) alerts.offer(picture.alerts);
  keepUp(picture.version);
};
// What waited out of sight may be a burst by now, or another source of this browser has shown it.
sight.onReturn = () => {
  position.catchUp();
  return feed.fresh();
};
feed.onRefused = () => scene.notice(speech.text.refused);

addEventListener("hashchange", () => location.reload());
if (settings.preview || settings.secret) {
  sight.start();
  feed.start();
} else scene.notice(speech.text.nowhere);
