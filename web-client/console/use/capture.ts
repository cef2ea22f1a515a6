/** Doing what needs a camera or a microphone: what is missing is said in the words of the page. */
import { CaptureError } from '@rtc/capture';
import { useToast } from './act';

export function useCapture(): (run: () => Promise<unknown>, missing: string) => Promise<void> {
    const toast = useToast();
    return async (run, missing) => {
        try {
            await run();
        } catch (error) {
            if (error instanceof CaptureError) toast.warn(missing);
            else toast.failed(error);
        }
    };
}
