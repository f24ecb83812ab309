import "virtual:mantine.css";
import "@/app/global.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "@/app/App";
import { firstPage } from "@/app/first-page";
import { startI18n } from "@/app/i18n";
import { chosenTextSize, showTextSize } from "@/app/text-size";

const place = document.getElementById("root");
if (place === null) {
  throw new Error("index.html has no place for the console");
}
showTextSize(chosenTextSize());
const root = createRoot(place);
void Promise.all([startI18n(), firstPage()]).then(() =>
  root.render(
    <StrictMode>
      <App />
    </StrictMode>,
  ),
);
