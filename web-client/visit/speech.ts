// Reads each step aloud for somebody who would rather listen. Off until asked for; silent where the browser cannot.
import type { Language } from '@rtc/protocol';
import { ref } from 'vue';

const synthesis = (window as { speechSynthesis?: SpeechSynthesis }).speechSynthesis;

export const canSpeak = synthesis !== undefined && 'SpeechSynthesisUtterance' in window;
export const speaking = ref(false);

export function say(text: string, language: Language): void {
    if (!speaking.value || !synthesis || text === '') return;
    synthesis.cancel();
    const words = new SpeechSynthesisUtterance(text);
    words.lang = language === 'zh' ? 'zh-CN' : 'en-GB';
    words.rate = 0.9;
    synthesis.speak(words);
}

export function hush(): void {
    synthesis?.cancel();
}
