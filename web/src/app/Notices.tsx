import "@mantine/notifications/styles.layer.css";
import { Notifications } from "@mantine/notifications";

/** Where short news appear and go by themselves. */
export function Notices() {
  return <Notifications position="top-center" />;
}
