import shared from '../../shared/i18n/de.json';
import own from './de.json';

export default { ...shared, ...own };
