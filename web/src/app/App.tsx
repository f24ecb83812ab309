import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { queryClient } from "@/api/query-client";
import { News } from "@/app/News";
import { cspNonce } from "@/app/nonce";
import { Reauthentication } from "@/app/Reauthentication";
import { router } from "@/app/router";
import { cssVariables, withCloseLabel } from "@/app/theme";
import { ConfirmProvider } from "@/ui/ConfirmDialog";

/** Everything that surrounds all pages. */
export function App() {
  const { t } = useTranslation("app");
  const labelled = useMemo(() => withCloseLabel(t("close")), [t]);
  return (
    <MantineProvider
      theme={labelled}
      cssVariablesResolver={cssVariables}
      defaultColorScheme="auto"
      getStyleNonce={() => cspNonce}
    >
      <QueryClientProvider client={queryClient}>
        <ConfirmProvider>
          <News />
          <Reauthentication />
          <RouterProvider router={router} context={{ queryClient }} />
        </ConfirmProvider>
      </QueryClientProvider>
    </MantineProvider>
  );
}
