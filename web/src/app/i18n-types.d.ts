import "i18next";
import type activity from "../features/activity/messages.en.json";
import type erasure from "../features/erasure/messages.en.json";
import type home from "../features/home/messages.en.json";
import type jobs from "../features/jobs/messages.en.json";
import type recovery from "../features/recovery/messages.en.json";
import type session from "../features/session/messages.en.json";
import type settings from "../features/settings/messages.en.json";
import type setup from "../features/setup/messages.en.json";
import type storage from "../features/storage/messages.en.json";
import type tasks from "../features/tasks/messages.en.json";
import type ui from "../ui/messages.en.json";
import type app from "./messages.en.json";

// Makes the compiler refuse a key that is in no messages file.
declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "app";
    keySeparator: false;
    resources: {
      app: typeof app;
      ui: typeof ui;
      activity: typeof activity;
      erasure: typeof erasure;
      home: typeof home;
      jobs: typeof jobs;
      recovery: typeof recovery;
      session: typeof session;
      settings: typeof settings;
      setup: typeof setup;
      storage: typeof storage;
      tasks: typeof tasks;
    };
  }
}
